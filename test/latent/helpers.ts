import type { ImageBatch } from '../../lib/index.js';

/** All frames there are. */
export async function taken(frames: AsyncIterable<ImageBatch>): Promise<ImageBatch[]> {
  const all: ImageBatch[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

/** The mean of the squares of what two images are from each other. */
export function distance(a: ImageBatch, b: ImageBatch): number {
  return a.data.reduce((sum, value, i) => sum + (value - b.data[i]!) ** 2, 0) / a.data.length;
}
