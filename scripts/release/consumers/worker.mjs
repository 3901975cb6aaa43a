import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const worker = new Worker(new URL('esm.mjs', import.meta.url), { argv: process.argv.slice(2) });
const [exitCode] = await once(worker, 'exit');
process.exitCode = exitCode;
