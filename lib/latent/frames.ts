import * as v from 'valibot';
import { batchShape, type ImageBatch } from '../network/arrays.js';
import { imageNumbers } from '../network/layers.js';
import { count } from '../options.js';
import type { LatentModel } from './model.js';

/** Frames of moving pictures: what each of them is drawn from. */
export interface Frames {
  readonly count: number;
  /** Images in each frame. */
  readonly cells: number;
  /** Of frame number `i`, [cells, latentSize]. */
  latents(i: number): Float32Array;
  /** The classes of its images, or weights of them [cells, classes]; null without classes. */
  labels(i: number): Int32Array | Float32Array | null;
}

const mostFrames = 100_000;

/** How many frames there may be. */
export const frameCount = v.pipe(
  count(1, Number.MAX_SAFE_INTEGER),
  v.maxValue(mostFrames, `must be at most ${mostFrames}, an hour of film; draw more of them in parts`),
);

/** Images that are drawn together: enough to keep a processor busy, and soon there. */
const imagesAtOnce = { native: 64, inJavaScript: 4 } as const;

/**
 * Draws frames one after the other, [cells, S, S, C] each, a few of them ahead. Whoever takes no more ends it.
 * @throws DcganError ERR_DIVERGED when what is drawn is not finite, ERR_OUT_OF_MEMORY, ERR_DISPOSED; the signal's reason.
 */
export async function* drawFrames(
  { options, draw, worker }: Pick<LatentModel, 'options' | 'draw' | 'worker'>,
  frames: Frames,
  signal?: AbortSignal,
): AsyncGenerator<ImageBatch> {
  const { cells } = frames;
  const atOnce = Math.max(1, Math.floor((worker ? imagesAtOnce.native : imagesAtOnce.inJavaScript) / cells));
  const size = cells * imageNumbers(options);
  for (let first = 0; first < frames.count; first += atOnce) {
    signal?.throwIfAborted();
    const some = Array.from({ length: Math.min(atOnce, frames.count - first) }, (_, i) => first + i);
    const images = await draw({
      count: some.length * cells,
      from: joined(some.map((i) => frames.latents(i)))!,
      labels: joined(some.map((i) => frames.labels(i))),
    });
    for (const i of some.keys()) {
      signal?.throwIfAborted();
      yield { data: images.slice(i * size, (i + 1) * size), shape: batchShape(cells, options) };
    }
  }
}

/** Arrays of one length and kind, one behind the other. */
function joined<T extends Float32Array | Int32Array>(parts: readonly (T | null)[]): T | null {
  const [first] = parts;
  if (!first) return null;
  const all = new (first.constructor as new (length: number) => T)(parts.length * first.length);
  for (const [i, part] of parts.entries()) all.set(part!, i * first.length);
  return all;
}
