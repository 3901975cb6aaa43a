import { oursOfArticle } from './contestants.mjs';
import { median } from './median.mjs';

/** What was measured as tables, for the terminal and for the docs: a head, rows, and how many columns hold words. */

export const digits = (value, places, unit = '') =>
  value === null || Number.isNaN(value) ? '–' : `${value.toFixed(places)}${unit}`;

export const percent = (share) => digits(share === null ? null : 100 * share, 1, ' %');

const range = (values, places) =>
  `${digits(Math.min(...values), places)}–${digits(Math.max(...values), places)}`;

/** A row for each contestant in each precision. */
export function comparisonTable(results) {
  const rows = results.map((result) => [
    result.label,
    result.precision,
    digits(result.milliseconds, 1),
    range(result.rounds, 1),
    digits(result.imagesPerSecond, 0),
    speed(result),
    digits(result.peakMebibytes, 0),
    digits(result.minorFaultsPerStep, 0),
  ]);
  const head = [
    '',
    'precision',
    'ms/step',
    'range',
    'images/s',
    'speed / best peer',
    'peak MiB',
    'faults/step',
  ];
  return { words: 2, head, rows };
}

/** The median, and the lowest and highest of the rounds. */
function speed({ speeds, speedToBestPeer }) {
  return speeds === null ? '–' : `${speedToBestPeer.toFixed(2)}× (${range(speeds, 2)})`;
}

/** A row for each contestant, with both precisions side by side. */
export function shortTable(results) {
  const rows = labelsOf(results).map((label) => [
    label,
    ...['float32', 'bfloat16'].flatMap((precision) => {
      const result = results.find((one) => one.label === label && one.precision === precision);
      if (!result) return ['–', '–'];
      const { milliseconds, speedToBestPeer } = result;
      return [digits(milliseconds, 0), digits(speedToBestPeer === null ? null : 1 / speedToBestPeer, 2)];
    }),
  ]);
  const ratio = "of the best peer's time";
  return { words: 1, head: ['', 'float32, ms a step', ratio, 'bfloat16, ms a step', ratio], rows };
}

const labelsOf = (results) => [...new Set(results.map(({ label }) => label))];

/** A row for each network and precision: everyone's time, and ours in that of the best peer and of our article's step. */
export function networksTable(networks) {
  const labels = ['dcgan-native', 'TensorFlow', 'PyTorch'];
  const rows = networks.flatMap(({ name, results }) =>
    ['float32', 'bfloat16'].map((precision) => {
      const found = (label) => results.find((one) => one.label === label && one.precision === precision);
      const [own, beside] = [found('dcgan-native'), found(oursOfArticle)];
      const ofBest = own.speedToBestPeer === null ? null : 1 / own.speedToBestPeer;
      const ofArticle = beside ? median(own.rounds.map((ms, round) => ms / beside.rounds[round])) : null;
      return [
        name,
        precision,
        ...labels.map((label) => digits(found(label)?.milliseconds ?? null, 0)),
        digits(ofBest, 2),
        digits(ofArticle, 2),
      ];
    }),
  );
  const head = ['', 'precision', ...labels, "of the best peer's time", "of the article's step"];
  return { words: 2, head, rows };
}

/** Where the time from `require` to the first digit goes. */
export function startTable(firstDigit) {
  const rows = Object.entries(firstDigit).map(([part, milliseconds]) => [part, digits(milliseconds, 1)]);
  return { words: 1, head: ['from require to the first digit', 'ms'], rows };
}

/** A row for each operator, then what is left of the step. */
export function profileTable({ milliseconds, operators }) {
  const rows = operators.map(({ name, milliseconds: own, share, ofDirect, done, ofPeak }) => [
    name,
    digits(own, 2),
    percent(share),
    digits(ofDirect, 0),
    digits(done, 0),
    percent(ofPeak),
  ]);
  const rest = milliseconds - operators.reduce((sum, operator) => sum + operator.milliseconds, 0);
  rows.push(['between the operators', digits(rest, 2), percent(rest / milliseconds), '–', '–', '–']);
  const head = ['', 'ms/step', 'share', 'GFLOP/s as direct', 'GFLOP/s done', 'of the peak'];
  return { words: 1, head, rows };
}

/** The multiply-adds of a step three ways, and how long they take at least at the peaks that they may be done at. */
export function limitsTable(profiles) {
  const [{ batch, peak, multiplyAdds }] = profiles;
  const ways = [
    ['convolved directly', multiplyAdds.direct, peak],
    ["without the padding's zeros", multiplyAdds.inside, peak],
    ...profiles.map(({ precision, multiplyAdds: { done } }) => [
      `in the transform domain, ${precision}`,
      done,
      { float32: null, bfloat16: null, [precision]: peak[precision] },
    ]),
  ];
  const least = (count, gflops) => digits(gflops === null ? null : (2e-6 * batch * count) / gflops, 0);
  const rows = ways.map(([way, count, { float32, bfloat16 }]) => [
    way,
    digits(1e-6 * count, 1),
    digits(1e-9 * batch * count, 1),
    least(count, float32),
    least(count, bfloat16),
  ]);
  const head = [
    '',
    'million an image',
    'billion a step',
    'ms at the float32 peak',
    'ms at the bfloat16 peak',
  ];
  return { words: 1, head, rows };
}

/** Milliseconds an image: a row for each batch, a column for each precision and number of threads. */
export function sweepTable(sweep) {
  const lines = sweepLines(sweep);
  const batches = [...new Set(sweep.map(({ batch }) => batch))];
  const rows = batches.map((batch) => [
    String(batch),
    ...[...lines.values()].map((points) =>
      digits(perImage(points.find((point) => point.batch === batch)), 2),
    ),
  ]);
  return { words: 0, head: ['images in a batch', ...lines.keys()], rows };
}

export const perImage = ({ milliseconds, batch }) => milliseconds / batch;

/** The measurements of each precision and number of threads, by their name, the smallest batch first. */
export function sweepLines(sweep) {
  const lines = new Map();
  for (const point of [...sweep].sort((a, b) => a.batch - b.batch)) {
    const name = `${point.precision}, ${point.threads} thread${point.threads === 1 ? '' : 's'}`;
    lines.set(name, [...(lines.get(name) ?? []), point]);
  }
  return lines;
}
