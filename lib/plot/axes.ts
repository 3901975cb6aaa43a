import type { Drawing } from './drawing.js';
import type { Over, Point } from './plotted_run.js';

/** An axis: where a value is, in pixels, and which are written beside it. */
export interface Axis {
  readonly at: (value: number) => number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

/** The pixels of an axis's beginning and of its end. */
type Range = readonly [from: number, to: number];

/** What the horizontal axis counts in. */
export interface Unit {
  readonly title: string;
  readonly size: number;
}

/** From the largest on. Of these that is taken of which there are at least two. */
const units: Readonly<Record<Over, readonly Unit[]>> = {
  images: [
    { title: 'images seen, millions', size: 1e6 },
    { title: 'images seen, thousands', size: 1e3 },
    { title: 'images seen', size: 1 },
  ],
  time: [
    { title: 'training time, hours', size: 3600 },
    { title: 'training time, minutes', size: 60 },
    { title: 'training time, seconds', size: 1 },
  ],
};

export function unitFor(over: Over, end: number): Unit {
  return units[over].find(({ size }) => end >= 2 * size) ?? units[over].at(-1)!;
}

/** The axis of images or seconds, from none to `end`. */
export function horizontalAxis(drawing: Drawing, unit: Unit, end: number, [from, to]: Range): Axis {
  const scale = drawing.scaleLinear([0, end / unit.size || 1], [from, to]);
  const format = scale.tickFormat(6);
  return {
    at: (value) => scale(value / unit.size),
    ticks: scale.ticks(6).map((value) => ({ value: value * unit.size, label: format(value) })),
  };
}

/** Beyond such a ratio, small values could not be told from 0 on an even axis. */
const wide = 100;
/** Pixels between two powers of ten that are written beside an axis. */
const leastGap = 28;

/**
 * The axis of what some curves show: an even one, or where the values of one curve are far beyond those of another, or of its
 * own, one of powers of ten. That one has a 0, and goes on below it, where there are such values.
 * @param shown values that it shows in any case
 */
export function verticalAxis(
  drawing: Drawing,
  curves: readonly (readonly Point[])[],
  shown: readonly number[],
  [from, to]: Range,
): Axis {
  const values = curves.flat().map(({ y }) => y);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const usual = Math.min(...curves.map(usualOf));
  const large = Math.max(most, -least);
  if (large > Math.max(wide * usual, ...shown))
    return powersAxis(drawing, { least, most, usual }, [from, to]);
  // Where all values are the same they are in the middle.
  const margin = least === most && shown.length === 0 ? Math.abs(least) / 2 || 1 : 0;
  const all = [least - margin, most + margin, ...shown];
  const scale = drawing.scaleLinear([Math.min(...all), Math.max(...all)], [from, to]).nice(5);
  const format = large < 1e-3 ? powerLabel : scale.tickFormat(5);
  return { at: scale, ticks: scale.ticks(5).map((value) => ({ value, label: format(value) })) };
}

/** In the middle of a curve's values but 0; Infinity where it has no others. */
function usualOf(points: readonly Point[]): number {
  const sizes = points.map(({ y }) => Math.abs(y)).filter((size) => size > 0);
  return sizes.sort((a, b) => a - b)[Math.floor(sizes.length / 2)] ?? Number.POSITIVE_INFINITY;
}

interface Extent {
  readonly least: number;
  readonly most: number;
  /** Of the curve of the smallest values, but 0. */
  readonly usual: number;
}

function powersAxis(drawing: Drawing, { least, most, usual }: Extent, [from, to]: Range): Axis {
  const lowest = Math.floor(Math.log10(least > 0 ? least : usual));
  const highest = Math.ceil(Math.log10(Math.max(most, -least)));
  const end = (size: number) => (size > 0 ? 10 ** Math.max(lowest, Math.ceil(Math.log10(size))) : 0);
  const scale =
    least > 0
      ? drawing.scaleLog([Math.min(10 ** lowest, least / 1.5), end(most)], [from, to])
      : drawing.scaleSymlog([-end(-least), end(most)], [from, to]).constant(10 ** lowest);
  const powers = Array.from({ length: highest - lowest + 1 }, (_, i) => 10 ** (highest - i));
  const values = [
    ...(least > 0 ? [] : [0]),
    ...powers
      .flatMap((power) => [power, -power])
      .filter((value) => -end(-least) <= value && value <= end(most)),
  ];
  return {
    at: scale,
    ticks: apart(values, scale, leastGap).map((value) => ({ value, label: powerLabel(value) })),
  };
}

/** Those that are not nearer than `gap` to an earlier one. */
export function apart<T>(items: readonly T[], at: (item: T) => number, gap: number): T[] {
  const kept: T[] = [];
  for (const item of items) {
    if (kept.every((other) => Math.abs(at(other) - at(item)) >= gap)) kept.push(item);
  }
  return kept;
}

/** `0`, `5e-5`, `0.01`, `10,000`, `1e6`. */
function powerLabel(value: number): string {
  const size = Math.abs(value);
  const rounded = Number(value.toPrecision(6));
  const isPlain = size === 0 || (size >= 1e-3 && size < 1e6);
  const label = isPlain ? rounded.toLocaleString('en') : rounded.toExponential().replace('+', '');
  return label.replace(/^-/, '−');
}
