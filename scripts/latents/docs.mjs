/**
 * Writes the tables of docs/latents.md from docs/latents.json, where every one of their numbers comes from. `--check` changes
 * nothing and fails when something would change.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filled, markdown } from '../bench/sections.mjs';

export const docs = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs');
const page = join(docs, 'latents.md');

const percent = (share, places = 1) => `${(100 * share).toFixed(places)} %`;
const square = (value) => (value < 0.001 ? value.toExponential(1) : value.toFixed(4));
const milliseconds = (value) => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;

const where = ({ cpu, threads, vectorUnit, libtorch }) =>
  `${threads} threads on ${cpu} (${vectorUnit}), libtorch ${libtorch}`;

/** What stands between `<!-- latents: NAME -->` and `<!-- /latents -->`, by name. */
const sections = {
  step: ({ step: { latents, steps, results, machine } }) => {
    const [{ milliseconds: own }] = results;
    const rows = results.map(({ name, milliseconds: each }) => [
      name,
      each.toFixed(1),
      (own / each).toFixed(2),
    ]);
    return [
      `A step of a search for ${latents} latent vectors, medians of ${results[0].rounds.length} rounds of ${steps} steps that alternate, ${where(machine)}:`,
      markdown({ words: 1, head: ['', 'ms', 'ours to it'], rows }),
    ].join('\n\n');
  },
  times: ({ times: { count, results, machine } }) => {
    const rows = results.map(({ name, milliseconds: each }) => [name, milliseconds(each)]);
    return [
      `Of ${count} pictures that are given together, one takes (${where(machine)}):`,
      markdown({ words: 1, head: ['', 'a picture'], rows }),
    ].join('\n\n');
  },
  drawn: ({ drawn }) =>
    `Of ${drawn.count} pictures that the generator drew, ${percent(drawn.share)} are found again with a mean square error below ` +
    `${drawn.limit}${drawn.encoder ? ', with an encoder' : ', without an encoder'}: the median is ${square(drawn.median)}, the 99th percentile ` +
    `${square(drawn.p99)}, the worst ${square(drawn.worst)}.`,
  held: ({ held }) => {
    const rows = held.ways.map(({ name, mean, median, p95, right }) => [
      name,
      ...[mean, median, p95].map(square),
      percent(right),
    ]);
    return [
      `The first ${held.count} digits of MNIST's test set, of which the classifier reads ${percent(held.rightOfOriginals)} right:`,
      markdown({
        words: 1,
        head: ['', 'mean square error', 'median', '95th percentile', 'read right'],
        rows,
      }),
    ].join('\n\n');
  },
  inpainting: ({ inpainting }) => {
    const [{ ways }] = inpainting.damages;
    const rows = ways.map(({ name }, i) => [
      name,
      ...inpainting.damages.flatMap((damage) => [
        square(damage.ways[i].meanSquare),
        percent(damage.ways[i].right),
      ]),
    ]);
    return [
      `${inpainting.count} digits of MNIST's test set, of which the classifier reads ${percent(inpainting.rightOfOriginals)} right when nothing is missing. The mean square ` +
        'error where pixels were missing, of numbers in [-1, 1], and the share that the classifier still reads right:',
      markdown({
        words: 1,
        head: ['', ...inpainting.damages.flatMap(({ damage }) => [damage, 'read right'])],
        rows,
      }),
    ].join('\n\n');
  },
  restoring: ({ restoring }) => {
    const row = (label, { ways: [before, after] }) => [
      label,
      ...[before, after].flatMap(({ meanSquare, right }) => [square(meanSquare), percent(right)]),
    ];
    return [
      `${restoring.count} digits of MNIST's test set:`,
      markdown({
        words: 1,
        head: ['', 'before', 'read right', 'after', 'read right'],
        rows: [
          ...restoring.noise.map((each) => row(`noise, σ = ${each.deviation}`, each)),
          ...restoring.enlarging.map((each) => row(`${each.factor} times smaller; before: bilinear`, each)),
        ],
      }),
    ].join('\n\n');
  },
  directions: ({ directions }) => {
    const rows = directions.directions.map(({ name, means, spread, monotone, classStays }) => [
      name,
      percent(monotone),
      percent(classStays),
      `${means[0].toFixed(3)} … ${means.at(-1).toFixed(3)}`,
      ((means.at(-1) - means[0]) / spread).toFixed(1),
    ]);
    const head = ['direction', 'rises throughout', 'class stays', 'mean, −3 … 3', 'in standard deviations'];
    return [
      `Of ${directions.directions[0].latents} latent vectors, at the strengths ${directions.strengths.join(', ')}:`,
      markdown({ words: 1, head, rows }),
    ].join('\n\n');
  },
  walks: ({ walks: { frames, seam, largest, films } }) => {
    const rows = films.map(({ format, seconds, bytes, growthMebibytes, missing }) =>
      missing
        ? [format, 'not there', '', '']
        : [format, seconds.toFixed(1), (bytes / 1e6).toFixed(2), growthMebibytes.toFixed(0)],
    );
    return [
      `A walk of ${frames} frames, twelve digits each. From the last frame to the first they change by ${square(seam)} (mean square), between two others by ${square(largest)} at most.`,
      markdown({ words: 1, head: ['', 'seconds', 'MB', 'memory grew by, MiB'], rows }),
    ].join('\n\n');
  },
};

/** Brings the docs up to date. @returns the files that changed */
export function updateDocs({ check = false } = {}) {
  const results = JSON.parse(readFileSync(join(docs, 'latents.json'), 'utf8'));
  const before = readFileSync(page, 'utf8');
  // What was not measured yet stays empty.
  const told = Object.entries(sections).map(([name, text]) => [name, name in results ? text : () => '']);
  const after = filled(before, { kind: 'latents', file: page, sections: Object.fromEntries(told), results });
  if (after === before) return [];
  if (!check) writeFileSync(page, after);
  return [page];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes('--check');
  const changed = updateDocs({ check });
  for (const file of changed) process.stdout.write(`${check ? 'Out of date:' : 'Wrote'} ${file}\n`);
  if (check && changed.length > 0) process.exitCode = 1;
}
