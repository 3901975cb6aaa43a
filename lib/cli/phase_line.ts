import { canRedraw, LiveLine } from '../terminal/live_line.js';
import { percentage, progressLine } from '../terminal/progress_line.js';

const layout = { order: ['phase', 'bar', 'share'], importance: ['phase', 'share', 'bar'] } as const;

/** A line on stderr that shows what is being done, and how much of it; where that is a terminal. */
export class PhaseLine {
  #line: LiveLine | null = null;
  #items = { phase: '', bar: { share: 0 }, share: '' };

  constructor(private readonly quiet: boolean) {}

  show(phase: string, done: number, of: number): void {
    if (this.quiet || !canRedraw(process.stderr)) return;
    const share = done / of;
    this.#items = { phase, bar: { share }, share: percentage(share) };
    this.#line ??= new LiveLine(process.stderr, (columns) => progressLine(this.#items, layout, columns));
    this.#line.update();
  }

  stop(): void {
    this.#line?.close();
    this.#line = null;
  }
}
