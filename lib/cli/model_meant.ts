import { Generator } from '../generation/generator.js';
import type { LoadedCheckpoint } from '../run/checkpoints.js';
import { pickModelOptions } from './options.js';
import { warn } from './report.js';

/** Lets `work` use the generator of a checkpoint, which computes where it was typed, and frees it then. */
export async function withGenerator<T>(
  loaded: LoadedCheckpoint,
  flags: Readonly<Record<string, unknown>>,
  work: (generator: Generator) => Promise<T>,
): Promise<T> {
  const { seed: _, ...here } = pickModelOptions(flags);
  const generator = await Generator.load(loaded, { ...here, onNotice: warn });
  try {
    return await work(generator);
  } finally {
    generator.dispose();
  }
}
