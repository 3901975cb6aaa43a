import * as v from 'valibot';
import type { Generator } from '../generation/generator.js';
import { drawNormal } from '../latent/philox.js';
import { HttpError } from './http_error.js';
import { checkedBody, checkpointFile, seed, whole } from './schemas.js';

const schema = v.strictObject({
  checkpoint: checkpointFile,
  seed,
  count: whole(1, 64),
  label: v.nullable(whole(0, 1e6)),
  /** Numbers that take the place of those of every latent vector, by their index. */
  set: v.record(
    v.pipe(v.string(), v.regex(/^\d{1,6}$/)),
    v.pipe(v.number(), v.minValue(-10), v.maxValue(10)),
  ),
});

export type DrawRequest = v.InferOutput<typeof schema>;

/** @throws HttpError 400. */
export const drawRequest = (body: unknown): DrawRequest => checkedBody(schema, body);

/**
 * Draws images in a grid.
 * @returns a PNG
 * @throws DcganError those of `png`; HttpError 400.
 */
export async function drawGrid(
  generator: Generator,
  { seed, count, label, set }: DrawRequest,
): Promise<Buffer> {
  const { latentSize, classes } = generator.options;
  const noise = drawNormal(seed, 0, count * latentSize);
  for (const [index, value] of Object.entries(set)) {
    if (Number(index) >= latentSize) {
      throw new HttpError(400, `A latent vector has ${latentSize} numbers, from 0 on.`);
    }
    for (let image = 0; image < count; image++) noise[image * latentSize + Number(index)] = value;
  }
  const labels = classes > 0 && label !== null ? label : undefined;
  return generator.png(count, { noise, labels, scale: 2 });
}
