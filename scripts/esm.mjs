/**
 * Writes dist/index.mjs and dist/index.d.mts: an ES module that re-exports the CommonJS one by name. One build of the
 * code serves both kinds of consumer, so the native library is loaded once whichever way it is imported.
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
const names = Object.keys(createRequire(import.meta.url)('../dist/index.js')).sort();
const body = names.map((name) => `export const ${name} = commonjs.${name};\n`).join('');
writeFileSync(join(dist, 'index.mjs'), `import commonjs from './index.js';\n${body}`);
writeFileSync(join(dist, 'index.d.mts'), "export * from './index.js';\n");
