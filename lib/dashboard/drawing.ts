import { stat } from 'node:fs/promises';
import * as v from 'valibot';
import { Generator } from '../generation/generator.js';
import { drawNormal } from '../generation/philox.js';
import { HttpError } from './http_error.js';

const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

const schema = v.strictObject({
  /** A file of the run; null for the newest checkpoint. */
  checkpoint: v.nullable(v.pipe(v.string(), v.regex(/^checkpoints\/[\w-]+\.safetensors$/))),
  seed: whole(0, Number.MAX_SAFE_INTEGER),
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
export function drawRequest(body: unknown): DrawRequest {
  const { success, output, issues } = v.safeParse(schema, body);
  if (success) return output;
  throw new HttpError(400, `What is to be drawn is wrong: ${issues[0].message}.`);
}

/** Draws from checkpoints, one picture after the other, and keeps the generator that it used last. */
export class Drawing {
  #last: { readonly key: string; readonly generator: Generator } | null = null;
  #queue: Promise<unknown> = Promise.resolve();

  /**
   * @param path of a checkpoint
   * @returns a PNG
   * @throws DcganError those of `Generator`; HttpError 400.
   */
  draw(path: string, request: DrawRequest): Promise<Buffer> {
    const drawn = this.#queue.then(() => this.#draw(path, request));
    this.#queue = drawn.catch(() => undefined);
    return drawn;
  }

  dispose(): void {
    this.#last?.generator.dispose();
    this.#last = null;
  }

  async #draw(path: string, { seed, count, label, set }: DrawRequest): Promise<Buffer> {
    const generator = await this.#generator(path);
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

  async #generator(path: string): Promise<Generator> {
    const { mtimeMs, size } = await stat(path);
    const key = `${path} ${mtimeMs} ${size}`;
    if (this.#last?.key === key) return this.#last.generator;
    this.dispose();
    // A training beside it is to keep its threads.
    const generator = await Generator.load(path, { device: 'cpu', threads: 1 });
    this.#last = { key, generator };
    return generator;
  }
}
