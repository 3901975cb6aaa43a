import { PassThrough } from 'node:stream';

/** A stream that keeps what is written to it, a terminal of that width or none. */
export class Written extends PassThrough {
  readonly isTTY: boolean;

  constructor(public columns?: number) {
    super({ encoding: 'utf8' });
    this.isTTY = columns !== undefined;
  }

  get text(): string {
    return this.read() ?? '';
  }
}

/** Lets the tests of a file run as in a terminal that can redraw, wherever they are run. */
export function inXterm(): void {
  const { TERM } = process.env;
  beforeEach(() => {
    process.env.TERM = 'xterm';
  });
  afterAll(() => {
    if (TERM === undefined) delete process.env.TERM;
    else process.env.TERM = TERM;
  });
}
