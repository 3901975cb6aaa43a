/** `process.stderr`, or what is used like it. */
export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** Whether a line can be written anew there: a terminal that knows escape sequences. */
export function canRedraw(stream: OutputStream): boolean {
  return stream.isTTY === true && process.env.TERM !== 'dumb';
}

/** Milliseconds between two drawings. */
const pace = 100;

const hideCursor = '\x1b[?25l';
const showCursor = '\x1b[?25h';
const clearToEnd = '\x1b[K';

/** The last line of a terminal, which is written anew as what it shows changes, and as the terminal's width does. */
export class LiveLine {
  readonly #timer: NodeJS.Timeout;
  #drawn: string | null = null;
  #drawnAt = 0;

  /** @param layout gives what is to be seen now, of no more than that many columns. */
  constructor(
    private readonly stream: OutputStream,
    private readonly layout: (columns: number) => string,
  ) {
    this.stream.write(hideCursor);
    this.#draw();
    this.#timer = setInterval(() => this.#draw(), pace).unref();
  }

  /** Something has changed. */
  update(): void {
    if (performance.now() - this.#drawnAt >= pace) this.#draw();
  }

  /** Prints lines above, or what shows a picture there. */
  insert(text: string): void {
    this.stream.write(`\r${clearToEnd}${text}\n`);
    this.#drawn = null;
    this.#draw();
  }

  /** Leaves the line as it is now, and goes below it. */
  close(): void {
    clearInterval(this.#timer);
    // Once more in any case: the terminal shows a Ctrl-C behind it.
    this.#drawn = null;
    this.#draw();
    this.stream.write(`${showCursor}\n`);
  }

  #draw(): void {
    this.#drawnAt = performance.now();
    // In the last column some terminals go on to the next row.
    const line = this.layout((this.stream.columns || 80) - 1);
    if (line === this.#drawn) return;
    this.#drawn = line;
    this.stream.write(`\r${line}${clearToEnd}`);
  }
}
