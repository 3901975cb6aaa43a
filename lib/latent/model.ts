import { createHash } from 'node:crypto';
import type { NativeLatents, NativeWorker } from '../native/bindings.js';
import type { TensorState } from '../network/state.js';
import type { ModelOptions } from '../options.js';

/** A generator as the tools of this room see it. */
export interface LatentModel {
  readonly options: ModelOptions;
  /** Its tensors `generator.…`. */
  readonly generator: TensorState;
  /** The tensors `discriminator.…` that were trained with it; null where they are not there. */
  readonly discriminator: TensorState | null;
  /** The thread that draws; undefined where JavaScript does. */
  readonly worker?: NativeWorker;
  /** Images [n, S, S, C] in [-1, 1]. */
  draw(latents: NativeLatents): Promise<Float32Array>;
}

/** Tells generators apart: SHA-256 of their numbers, in hexadecimal. Files that belong to one name it. */
export function digestOf(generator: TensorState): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(generator).sort()) {
    const { data } = generator[name]!;
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
