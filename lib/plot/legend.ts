import { moved, type Picture, rollbackDashes } from './panel.js';
import { ink } from './style.js';
import { element } from './svg.js';

/** What stands before a name: a piece of what it names, drawn from `x` on about the height `y`. */
type Sample = (x: number, y: number) => readonly string[];

const sampleWidth = 26;
const sampleGap = 8;
const entryGap = 24;
const firstLine = 28;
const lineHeight = 22;

/**
 * The name of each run beside its line and mark, in as many lines as they need.
 * @returns the drawing, and where it ends
 */
export function drawLegend(
  { lettering, runs, styles }: Picture,
  left: number,
  right: number,
): { svg: string; bottom: number } {
  const most = right - left - sampleWidth - sampleGap;
  const entries = runs.map(({ name }, i): readonly [string, Sample] => {
    const { color, mark } = styles[i]!;
    const sample: Sample = (x, y) => [
      element('line', { x1: x, x2: x + sampleWidth, y1: y, y2: y, stroke: color, 'stroke-width': 1.6 }),
      element('path', { d: mark, transform: moved(x + sampleWidth / 2, y), fill: color }),
    ];
    return [lettering.fitted(name, most), sample];
  });
  const hasRollbacks = runs.some((run) => run.placesOf('rollback').length > 0);
  if (hasRollbacks) entries.push(['back to the best model', rollbackSample]);

  let [x, y] = [left, firstLine];
  const parts = entries.flatMap(([name, sample]) => {
    const width = sampleWidth + sampleGap + lettering.width(name);
    if (x > left && x + width > right) [x, y] = [left, y + lineHeight];
    const label = lettering.label(name, { x: x + sampleWidth + sampleGap, y, fill: ink });
    const drawn = [...sample(x, y - 4), label];
    x += width + entryGap;
    return drawn;
  });
  return { svg: element('g', { class: 'legend' }, parts), bottom: y };
}

const rollbackSample: Sample = (x, y) => {
  const middle = x + sampleWidth / 2;
  const place = { x1: middle, x2: middle, y1: y - 8, y2: y + 8 };
  return [element('line', { ...place, stroke: ink, 'stroke-dasharray': rollbackDashes })];
};
