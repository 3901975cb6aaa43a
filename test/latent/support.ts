import { join } from 'node:path';
import { GanTrainer, Generator } from '../../lib/index.js';
import { temporaryDirectory, using } from '../support/cleanup.js';

/** A small checkpoint with classes, discriminator and all, that took a few steps; 16×16 in colour. */
export async function smallCheckpoint(): Promise<string> {
  const path = join(temporaryDirectory(), 'small.safetensors');
  const size = { imageSize: 16, channels: 3, features: 16, latentSize: 8 };
  const classes = { conditional: true, classes: 3 };
  const trainer = using(new GanTrainer({ ...size, ...classes, batchSize: 6, seed: 1, device: 'cpu' }));
  const pixels = Uint8Array.from({ length: 6 * 16 * 16 * 3 }, (_, i) => (i * i) % 251);
  for (let i = 0; i < 5; i++) await trainer.trainOnBatch(pixels, { labels: [0, 1, 2, 0, 1, 2] });
  await trainer.save(path);
  return path;
}

/** The generator of that checkpoint. */
export async function smallGenerator(
  onNotice: (message: string) => void = () => undefined,
): Promise<Generator> {
  return using(await Generator.load(await smallCheckpoint(), { device: 'cpu', onNotice }));
}

/** The mean square of the differences of two images. */
export function meanSquare(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, i) => sum + (value - other[i]!) ** 2, 0) / one.length;
}
