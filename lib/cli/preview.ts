import { readPicture } from '../image/decode.js';
import { drawPicture } from '../terminal/draw_picture.js';
import { imageProtocolOf } from '../terminal/image_protocol.js';
import { canRedraw, type OutputStream } from '../terminal/live_line.js';
import type { SampleEvent } from '../training/events.js';
import type { Progress } from './progress.js';

/** A picture leaves room for the lines above it. */
const mostColumns = 40;

type Terminal = OutputStream & { readonly rows?: number };

/** null where there is no terminal that could show pictures. */
export function createPreview(stream: Terminal, progress: Progress): Preview | null {
  return canRedraw(stream) ? new Preview(stream, progress) : null;
}

/**
 * Draws the sample pictures of a training above its progress, while it goes on: of several that are waiting the newest. Where that
 * fails the training is no worse for it, and it is said once.
 */
export class Preview {
  #next: SampleEvent | null = null;
  #drawing: Promise<void> | null = null;
  #saidProblem = false;

  constructor(
    private readonly stream: Terminal,
    private readonly progress: Progress,
  ) {}

  /** A picture was written. */
  show(sample: SampleEvent): void {
    this.#next = sample;
    this.#drawing ??= this.#draw();
  }

  /** Waits until all is drawn. */
  async done(): Promise<void> {
    await this.#drawing;
  }

  async #draw(): Promise<void> {
    while (this.#next !== null) {
      const sample = this.#next;
      this.#next = null;
      try {
        this.progress.insert(await this.#drawn(sample));
      } catch (error) {
        this.#sayProblem(error as Error);
      }
    }
    this.#drawing = null;
  }

  async #drawn({ path, step, epoch }: SampleEvent): Promise<string> {
    const { columns = mostColumns, rows = Number.POSITIVE_INFINITY } = this.stream;
    const room = { columns: Math.max(1, Math.min(mostColumns, columns - 1)), rows };
    const picture = await drawPicture(await readPicture(path), imageProtocolOf(process.env), room);
    return `Samples of step ${step}, epoch ${epoch}:\n${picture}`;
  }

  #sayProblem({ message }: Error): void {
    if (!this.#saidProblem) this.progress.insert(`The samples could not be shown: ${message}`);
    this.#saidProblem = true;
  }
}
