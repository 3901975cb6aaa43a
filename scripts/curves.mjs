/**
 * npm run curves -- NAME=RUN …: draws the losses of whole runs into docs/images/curves.svg, the pictures of their last epochs
 * side by side into docs/images/curves.png, and writes what the drawing shows into docs/curves.json.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { svg, text } from './bench/svg.mjs';

const docs = join(import.meta.dirname, '..', 'docs');
const colors = ['#2563eb', '#93c5fd', '#f59e0b', '#0d9488', '#7c3aed'];
/** Points of a curve in an epoch: each is the mean of what was logged meanwhile. */
const pointsPerEpoch = 4;
const panel = { width: 330, height: 300, left: 40, top: 44, right: 10, bottom: 40 };
const legendWidth = 190;
const losses = [
  ['discriminatorLoss', "Discriminator's loss"],
  ['generatorLoss', "Generator's loss"],
];

/** The losses of a run: epoch (with its fraction) and the mean of each loss. */
function readRun(given) {
  const at = given.indexOf('=');
  const [name, directory] = [given.slice(0, at), given.slice(at + 1)];
  const lines = readFileSync(join(directory, 'metrics.jsonl'), 'utf8').trim().split('\n').map(JSON.parse);
  const epochs = lines.filter(({ type }) => type === 'epoch');
  const stepsPerEpoch = epochs[0].step / epochs[0].epoch;
  const groups = new Map();
  for (const line of lines.filter(({ type }) => type === 'step')) {
    const group = Math.ceil((line.step / stepsPerEpoch) * pointsPerEpoch) / pointsPerEpoch;
    groups.set(group, [...(groups.get(group) ?? []), line]);
  }
  const points = [...groups].map(([epoch, group]) => ({
    epoch,
    ...Object.fromEntries(losses.map(([loss]) => [loss, mean(group.map((line) => line[loss]))])),
  }));
  const { model } = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8'));
  return { name, directory, precision: model.precision, seed: model.seed, points };
}

const mean = (values) => Number((values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(4));

function drawPanel(runs, [loss, title], offset) {
  const { width, height, left, top, right, bottom } = panel;
  const all = runs.flatMap(({ points }) => points.map((point) => point[loss]));
  const [least, most] = [Math.floor(Math.min(...all) * 5) / 5, Math.ceil(Math.max(...all) * 5) / 5];
  const epochs = Math.max(...runs.flatMap(({ points }) => points.map(({ epoch }) => epoch)));
  const across = (epoch) => offset + left + (epoch / epochs) * (width - left - right);
  const down = (value) => top + ((most - value) / (most - least)) * (height - top - bottom);
  const parts = [text(offset + left, 24, title, 'font-weight="600"')];
  for (let value = least; value <= most + 0.01; value += 0.2) {
    const y = down(value).toFixed(1);
    parts.push(`<line x1="${across(0)}" x2="${across(epochs)}" y1="${y}" y2="${y}" stroke="#e5e7eb"/>`);
    parts.push(text(across(0) - 6, down(value) + 4, value.toFixed(1), 'text-anchor="end"'));
  }
  for (let epoch = 0; epoch <= epochs; epoch += 2) {
    parts.push(text(across(epoch), height - bottom + 20, String(epoch), 'text-anchor="middle"'));
  }
  for (const [i, { points }] of runs.entries()) {
    const line = points.map((point) => `${across(point.epoch).toFixed(1)},${down(point[loss]).toFixed(1)}`);
    parts.push(
      `<polyline points="${line.join(' ')}" fill="none" stroke-width="2" stroke="${colors[i % colors.length]}"/>`,
    );
  }
  return parts;
}

function draw(runs) {
  const legend = runs.map(({ name }, i) =>
    text(2 * panel.width + 16, panel.top + 20 * i, name, `style="fill: ${colors[i % colors.length]}"`),
  );
  const panels = losses.flatMap((loss, i) => drawPanel(runs, loss, i * panel.width));
  const epochs = text(panel.width, panel.height - 4, 'epoch', 'text-anchor="middle"');
  return svg(2 * panel.width + legendWidth, panel.height, [...panels, ...legend, epochs]);
}

/** The last pictures of the runs in a row. */
async function pictures(runs) {
  const files = runs.map(({ directory }) => {
    const samples = join(directory, 'samples');
    return join(samples, readdirSync(samples).sort().at(-1));
  });
  const { width, height } = await sharp(files[0]).metadata();
  const gap = 16;
  const canvas = { width: files.length * (width + gap) - gap, height, channels: 3, background: 'white' };
  return sharp({ create: canvas })
    .composite(files.map((input, i) => ({ input, left: i * (width + gap), top: 0 })))
    .toColourspace('b-w')
    .png({ compressionLevel: 9 })
    .toBuffer();
}

const runs = process.argv.slice(2).map(readRun);
if (runs.length === 0) throw new Error('Name runs: npm run curves -- float32=runs/0001 bfloat16=runs/0002');
writeFileSync(join(docs, 'images', 'curves.svg'), draw(runs));
writeFileSync(join(docs, 'images', 'curves.png'), await pictures(runs));
const shown = runs.map(({ directory, ...run }) => run);
writeFileSync(join(docs, 'curves.json'), `${JSON.stringify(shown)}\n`);
