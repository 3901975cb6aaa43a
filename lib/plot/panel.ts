import { type Axis, apart, horizontalAxis, type Unit, verticalAxis } from './axes.js';
import type { Drawing } from './drawing.js';
import type { Lettering } from './lettering.js';
import type { PlottedRun, Point } from './plotted_run.js';
import type { Quantity } from './quantities.js';
import { smoothed } from './smooth.js';
import { ink, type Style } from './style.js';
import { element } from './svg.js';

/** What all panels of a picture have in common. */
export interface Picture {
  readonly drawing: Drawing;
  readonly lettering: Lettering;
  readonly runs: readonly PlottedRun[];
  readonly styles: readonly Style[];
  readonly unit: Unit;
  /** Of the horizontal axis. */
  readonly end: number;
}

/** The place of a panel's curves, in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

interface Curve {
  readonly run: number;
  readonly isDashed: boolean;
  readonly points: readonly Point[];
}

const dashes = '5 3';
export const rollbackDashes = '1.5 2.5';
const gridColor = '#e5e7eb';
/** Marks on a long curve. */
const marksOnCurve = 5;
/** Up to so many points, each has its mark. */
const fewPoints = 40;
/** Pixels between two marks. */
const markGap = 12;

/** One quantity of all runs: curves, axes, a title, and what a dashed curve is. */
export function drawPanel(picture: Picture, quantity: Quantity, box: Box): string {
  const { drawing, runs, unit, end } = picture;
  const curves = curvesOf(runs, quantity);
  const points = curves.map((curve) => curve.points);
  const across = horizontalAxis(drawing, unit, end, [box.left, box.right]);
  const down = verticalAxis(drawing, points, quantity.shown, [box.bottom, box.top]);
  const hasDashed = curves.some(({ isDashed }) => isDashed);
  return element('g', { class: 'panel', 'aria-label': quantity.title }, [
    ...drawAxes(picture, across, down, box),
    ...drawTitle(picture, quantity, hasDashed, box),
    ...drawRollbacks(picture, across, box),
    ...curves.flatMap((curve) => drawCurve(picture, curve, across, down)),
  ]);
}

/** A dashed line only stands where it differs from the other: two networks may have one rate. */
function curvesOf(runs: readonly PlottedRun[], { type, lines: [whole, dashed] }: Quantity): Curve[] {
  const curves = runs.flatMap((run, i) => {
    const points = run.points(type, whole.reading);
    const others = dashed === undefined ? [] : run.points(type, dashed.reading);
    const isSame = points.every(({ y }, at) => y === others[at]?.y);
    return [
      { run: i, isDashed: false, points: smoothed(points) },
      { run: i, isDashed: true, points: isSame ? [] : smoothed(others) },
    ];
  });
  return curves.filter(({ points }) => points.length > 0);
}

function drawAxes({ lettering, unit }: Picture, across: Axis, down: Axis, box: Box): string[] {
  const { left, right, top, bottom } = box;
  const rows = down.ticks.flatMap(({ value, label }) => {
    const y = down.at(value);
    return [
      element('line', { x1: left, x2: right, y1: y, y2: y, stroke: gridColor }),
      lettering.label(label, { x: left - 8, y: y + 4, anchor: 'end' }),
    ];
  });
  const columns = across.ticks.flatMap(({ value, label }) => {
    const x = across.at(value);
    return [
      element('line', { x1: x, x2: x, y1: bottom, y2: bottom + 4, stroke: ink }),
      lettering.label(label, { x, y: bottom + 17, anchor: 'middle' }),
    ];
  });
  const title = lettering.label(unit.title, { x: (left + right) / 2, y: bottom + 34, anchor: 'middle' });
  const frame = element('path', { d: `M${left},${top}V${bottom}H${right}`, fill: 'none', stroke: ink });
  return [...rows, ...columns, frame, title];
}

function drawTitle({ lettering }: Picture, quantity: Quantity, hasDashed: boolean, box: Box): string[] {
  const y = box.top - 12;
  const title = lettering.label(quantity.title, { x: box.left, y, size: 14, fill: ink });
  if (!hasDashed) return [title];
  let x = box.right;
  const keys = quantity.lines.toReversed().flatMap(({ name }, i) => {
    const isDashed = i === 0;
    const text = lettering.label(name, { x, y, anchor: 'end' });
    const end = x - lettering.width(name) - 5;
    x = end - 26 - 14;
    const line = { x1: end - 26, x2: end, y1: y - 4, y2: y - 4, stroke: ink, 'stroke-width': 1.6 };
    return [text, element('line', { ...line, 'stroke-dasharray': isDashed ? dashes : undefined })];
  });
  return [title, ...keys];
}

/** Where a run went back to its best model. */
function drawRollbacks({ runs, styles }: Picture, across: Axis, { top, bottom }: Box): string[] {
  return runs.flatMap((run, i) =>
    run.placesOf('rollback').map((place) => {
      const x = across.at(place);
      const stroke = { stroke: styles[i]!.color, 'stroke-dasharray': rollbackDashes };
      return element('line', { class: 'rollback', x1: x, x2: x, y1: top, y2: bottom, ...stroke });
    }),
  );
}

function drawCurve(picture: Picture, curve: Curve, across: Axis, down: Axis): string[] {
  const { drawing, runs, styles } = picture;
  const { run, isDashed, points } = curve;
  const { color, mark } = styles[run]!;
  const line = drawing
    .line<Point>()
    .x(({ x }) => across.at(x))
    .y(({ y }) => down.at(y))
    .digits(1);
  const path = element('path', {
    class: 'curve',
    'aria-label': runs[run]!.name,
    fill: 'none',
    stroke: color,
    'stroke-width': isDashed ? 1.2 : 1.6,
    'stroke-dasharray': isDashed ? dashes : undefined,
    'stroke-linejoin': 'round',
    'stroke-linecap': isDashed ? undefined : 'round',
    d: line(points)!,
  });
  const marked = isDashed ? [] : markedPoints(curve, runs.length);
  const marks = apart(marked, ({ x }) => across.at(x), markGap);
  return [
    path,
    ...marks.map(({ x, y }) => {
      return element('path', { d: mark, transform: moved(across.at(x), down.at(y)), fill: color });
    }),
  ];
}

export const moved = (x: number, y: number): string => `translate(${x.toFixed(1)},${y.toFixed(1)})`;

/** A few points each are marked; on a long curve of many, where other runs have no marks. */
function markedPoints({ points, run }: Curve, runs: number): readonly Point[] {
  if (points.length <= fewPoints) return points;
  if (runs === 1) return [];
  return Array.from({ length: marksOnCurve }, (_, i) => {
    const share = (i + (run + 0.5) / runs) / marksOnCurve;
    return points[Math.floor(share * points.length)]!;
  });
}
