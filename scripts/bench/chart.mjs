import { svg, text } from './svg.mjs';

const colors = {
  'dcgan-native': '#2563eb',
  TensorFlow: '#f59e0b',
  PyTorch: '#dc2626',
  'PyTorch, compiled': '#9ca3af',
};
const width = 720;
const left = 150;
const right = 110;
const barHeight = 22;
const groupHead = 34;

/** An SVG of horizontal bars: images a second, a group for each precision, batch and number of threads. */
export function chart(results) {
  const groups = grouped(results);
  const most = Math.max(...results.map(({ imagesPerSecond }) => imagesPerSecond));
  const parts = [];
  let y = 10;
  for (const [title, group] of groups) {
    parts.push(text(10, y + 20, title, 'font-weight="600"'));
    y += groupHead;
    for (const result of group) {
      parts.push(bar(result, y, (result.imagesPerSecond / most) * (width - left - right)));
      y += barHeight + 4;
    }
    y += 8;
  }
  return svg(width, y, parts);
}

const titleOf = ({ precision, batch, threads }) =>
  `${precision}, batch ${batch}, ${threads} thread${threads === 1 ? '' : 's'}: images per second`;

function grouped(results) {
  const groups = new Map();
  for (const result of results) groups.set(titleOf(result), [...(groups.get(titleOf(result)) ?? []), result]);
  return groups;
}

function bar({ label, imagesPerSecond }, y, length) {
  const middle = y + barHeight / 2 + 5;
  return [
    text(left - 8, middle, label, 'text-anchor="end"'),
    `<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2" fill="${colors[label] ?? '#6b7280'}"/>`,
    text(left + length + 6, middle, imagesPerSecond.toFixed(0)),
  ].join('\n');
}
