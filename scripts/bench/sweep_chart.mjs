import { svg, text } from './svg.mjs';
import { perImage, sweepLines } from './tables.mjs';

const width = 720;
const height = 360;
const left = 60;
const right = 150;
const top = 44;
const bottom = 46;
/** Of a line's name, so that names do not lie on each other. */
const nameHeight = 16;
const colors = { float32: '#2563eb', bfloat16: '#0d9488' };

/** An SVG of lines: milliseconds an image against the images in a batch, one for each precision and number of threads. */
export function sweepChart(sweep) {
  const batches = [...new Set(sweep.map(({ batch }) => batch))].sort((a, b) => a - b);
  const most = Math.max(...sweep.map(perImage));
  const step = niceStep(most / 5);
  const end = Math.ceil(most / step) * step;
  const down = (value) => top + (1 - value / end) * (height - top - bottom);
  // Batches double, so they lie at equal distances.
  const across = (batch) =>
    left + (Math.log(batch / batches[0]) / Math.log(batches.at(-1) / batches[0])) * (width - left - right);
  const parts = [
    text(10, 22, 'dcgan-native: milliseconds an image, by images in a batch', 'font-weight="600"'),
  ];
  for (let value = 0; value <= end + step / 2; value += step) {
    parts.push(
      `<line x1="${left}" x2="${width - right}" y1="${down(value)}" y2="${down(value)}" stroke="#e5e7eb"/>`,
    );
    parts.push(text(left - 8, down(value) + 4, value.toFixed(step < 1 ? 1 : 0), 'text-anchor="end"'));
  }
  for (const batch of batches) {
    parts.push(text(across(batch), height - bottom + 20, String(batch), 'text-anchor="middle"'));
  }
  const lines = [...sweepLines(sweep)];
  const names = apart(lines.map(([, points]) => down(perImage(points.at(-1)))));
  for (const [i, [name, points]] of lines.entries()) {
    const { precision, threads } = points[0];
    const at = points.map((point) => [across(point.batch).toFixed(1), down(perImage(point)).toFixed(1)]);
    const stroke = `stroke="${colors[precision]}" ${threads === 1 ? 'stroke-dasharray="6 4"' : ''}`;
    parts.push(`<polyline points="${at.join(' ')}" fill="none" stroke-width="2" ${stroke}/>`);
    for (const [x, y] of at) parts.push(`<circle cx="${x}" cy="${y}" r="3" fill="${colors[precision]}"/>`);
    parts.push(text(width - right + 14, names[i] + 4, name, `style="fill: ${colors[precision]}"`));
  }
  return svg(width, height, parts);
}

/** The heights, moved up where two are closer than a name is high. */
function apart(heights) {
  const moved = [...heights];
  const lowestFirst = [...heights.keys()].sort((a, b) => heights[b] - heights[a]);
  for (const [i, index] of lowestFirst.entries()) {
    if (i > 0) moved[index] = Math.min(moved[index], moved[lowestFirst[i - 1]] - nameHeight);
  }
  return moved;
}

/** The smallest of 1, 2, 5, 10, … times a power of ten that is at least `value`. */
function niceStep(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= value);
}
