/** Draws [n, 28, 28, 1] images from noise [n, latentSize]. */
type Draw = (noise: Float32Array, count: number) => Promise<Float32Array>;

interface Request {
  readonly noise: Float32Array;
  readonly count: number;
  readonly resolve: (images: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

// A pass through the network has a price of its own, some dozens of images'. More than these gain nothing by company.
const passImages = 256;

/**
 * Draws for many callers at once: what is asked for while a pass runs goes together in the next one. An image does not
 * depend on the others of its pass.
 */
export class BatchedDraws {
  readonly #draw: Draw;
  readonly #waiting: Request[] = [];
  #drawing = false;

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  /** Draws `count` images, in the order of the calls. The noise may be changed as soon as this returns. */
  draw(noise: Float32Array, count: number): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ noise: this.#drawing ? noise.slice() : noise, count, resolve, reject });
      if (!this.#drawing) void this.#drawWaiting();
    });
  }

  async #drawWaiting(): Promise<void> {
    this.#drawing = true;
    while (this.#waiting.length > 0) await this.#pass(this.#takeRequests());
    this.#drawing = false;
  }

  /** The oldest requests that fit one pass; a larger one goes alone. */
  #takeRequests(): Request[] {
    let images = 0;
    let taken = 0;
    for (const { count } of this.#waiting) {
      images += count;
      if (taken > 0 && images > passImages) break;
      taken++;
    }
    return this.#waiting.splice(0, taken);
  }

  async #pass(requests: readonly Request[]): Promise<void> {
    try {
      const [first, ...others] = requests;
      if (first && others.length === 0) return first.resolve(await this.#draw(first.noise, first.count));
      const count = requests.reduce((sum, request) => sum + request.count, 0);
      const images = await this.#draw(joined(requests.map(({ noise }) => noise)), count);
      const size = images.length / count;
      let offset = 0;
      for (const request of requests) {
        const end = offset + request.count * size;
        // A copy, so that each caller has memory of its own.
        request.resolve(images.slice(offset, end));
        offset = end;
      }
    } catch (error) {
      for (const { reject } of requests) reject(error);
    }
  }
}

function joined(arrays: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(arrays.reduce((length, array) => length + array.length, 0));
  let offset = 0;
  for (const array of arrays) {
    all.set(array, offset);
    offset += array.length;
  }
  return all;
}
