/** A part of a line: a text, '' when there is none yet, or a bar, which takes what room is left. */
export type LineItem = string | { readonly share: number };

/** How a line deals with too little room. */
export interface LineLayout<Name extends string> {
  /** From left to right. */
  readonly order: readonly Name[];
  /** Most important first: what is last here goes first. */
  readonly importance: readonly Name[];
}

const gap = '  ';
// Longer by whole steps, so that it does not change with each digit beside it.
const barStep = 8;
const longestBar = 5 * barStep;
const brackets = 2;

/** A line of no more than `columns` characters. An item is shown whole or not at all. */
export function progressLine<Name extends string>(
  items: Readonly<Record<Name, LineItem>>,
  { order, importance }: LineLayout<Name>,
  columns: number,
): string {
  const shown = new Set<Name>();
  let room = columns + gap.length;
  for (const name of importance) {
    if (items[name] === '') continue;
    const needed = leastWidth(items[name]) + gap.length;
    if (needed > room) break;
    room -= needed;
    shown.add(name);
  }
  const visible = order.filter((name) => shown.has(name));
  return visible.map((name) => textOf(items[name], room)).join(gap);
}

function leastWidth(item: LineItem): number {
  return typeof item === 'string' ? item.length : barStep + brackets;
}

function textOf(item: LineItem, room: number): string {
  if (typeof item === 'string') return item;
  const width = Math.min(longestBar, barStep + Math.floor(room / barStep) * barStep);
  return `[${'='.repeat(Math.round(item.share * width)).padEnd(width, '-')}]`;
}

/** When `total` will be done, if `done` of it took from `began` until now; all of `performance.now()`. */
export function expectedEnd(began: number, done: number, total: number): number {
  const now = performance.now();
  return now + ((now - began) / done) * (total - done);
}

/** `2m05s left` until then. */
export function timeLeft(end: number): string {
  return `${duration(Math.max(0, end - performance.now()) / 1000)} left`;
}

/** `1h02m`, `2m05s` or `7s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  if (whole >= 3600) return `${Math.floor(whole / 3600)}h${two((whole % 3600) / 60)}m`;
  return whole >= 60 ? `${Math.floor(whole / 60)}m${two(whole % 60)}s` : `${whole}s`;
}

/** `  7%`, as wide as `100%`. */
export function percentage(share: number): string {
  return `${Math.floor(share * 100)}%`.padStart(4);
}
