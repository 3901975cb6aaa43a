import { createRequire } from 'node:module';
import { availableParallelism, cpus } from 'node:os';

const { loadNative } = createRequire(import.meta.url)('../../dist/native/load.js');

/** What figures depend on. */
export function machine(threads) {
  const core = loadNative();
  const [{ model }] = cpus();
  return {
    cpu: model,
    cores: availableParallelism(),
    threads,
    vectorUnit: core.vectorUnit(),
    libtorch: core.torchVersion(),
  };
}
