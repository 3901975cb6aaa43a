import { DcganError } from '../errors.js';
import type { NativeLatents } from '../native/bindings.js';

/** Draws the images [n, 28, 28, 1] of all latents, one after the other. */
type Draw = (latents: readonly NativeLatents[]) => Promise<Float32Array>;

interface Request {
  readonly latents: NativeLatents;
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
  readonly #onClosed: () => void;
  readonly #waiting: Request[] = [];
  #drawing = false;
  #closed = false;

  /** @param onClosed is called once nothing is drawn any more, after `close` */
  constructor(draw: Draw, onClosed: () => void) {
    this.#draw = draw;
    this.#onClosed = onClosed;
  }

  /**
   * Draws the images of `latents`, in the order of the calls. The latents are kept, and must not be changed.
   * @throws DcganError ERR_DISPOSED after `close`; what `draw` throws.
   */
  async draw(latents: NativeLatents): Promise<Float32Array> {
    if (this.#closed) {
      throw new DcganError('ERR_DISPOSED', 'This generator was disposed of; load another one.');
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ latents, resolve, reject });
      if (!this.#drawing) void this.#drawWaiting();
    });
  }

  async #drawWaiting(): Promise<void> {
    this.#drawing = true;
    while (this.#waiting.length > 0) await this.#pass(this.#takeRequests());
    this.#drawing = false;
    if (this.#closed) this.#onClosed();
  }

  /** Takes no more requests; what was asked for before is drawn. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#drawing) this.#onClosed();
  }

  /** The oldest requests that fit one pass; a larger one goes alone. */
  #takeRequests(): Request[] {
    let images = 0;
    let taken = 0;
    for (const { latents } of this.#waiting) {
      images += latents.count;
      if (taken > 0 && images > passImages) break;
      taken++;
    }
    return this.#waiting.splice(0, taken);
  }

  async #pass(requests: readonly Request[]): Promise<void> {
    try {
      const images = await this.#draw(requests.map(({ latents }) => latents));
      const [first, ...others] = requests;
      if (first && others.length === 0) return first.resolve(images);
      const count = requests.reduce((sum, { latents }) => sum + latents.count, 0);
      const size = images.length / count;
      let offset = 0;
      for (const { latents, resolve } of requests) {
        const end = offset + latents.count * size;
        // A copy, so that each caller has memory of its own.
        resolve(images.slice(offset, end));
        offset = end;
      }
    } catch (error) {
      for (const { reject } of requests) reject(error);
    }
  }
}
