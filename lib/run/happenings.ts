import type { MetricsRow } from './metrics.js';
import type { EvaluatedAt, Happening, Place } from './run_view.js';

/** What a row of each type says, as a sentence. */
const sentences: Readonly<Record<Happening['type'], (row: MetricsRow) => string>> = {
  start: ({ step, steps, device, precision }) => {
    const from = step === 0 ? 'Training begins' : `Training goes on from step ${step}`;
    return `${from}: ${steps} steps, ${precision}, on ${device}.`;
  },
  end: ({ steps, seconds }) => `Training ends after ${steps} steps in ${Number(seconds).toFixed(1)} s.`,
  failure: ({ message, code }) => (code === null ? `${message}` : `${code}: ${message}`),
  notice: ({ message }) => `${message}`,
  watchdog: ({ seen, advice }) => `${seen}. Try ${advice}.`,
  rollback: ({ to, number, of, learningRate }) =>
    `Back to the model of step ${to} with rate ${learningRate} (rollback ${number} of ${of}).`,
};

/** What a row tells of, where it tells of anything but losses, pictures and checkpoints. */
export function happeningOf(row: MetricsRow, place: Place): Happening | null {
  if (!Object.hasOwn(sentences, row.type)) return null;
  const type = row.type as Happening['type'];
  return {
    ...place,
    type,
    time: typeof row.time === 'string' ? row.time : null,
    said: sentences[type](row).slice(0, longest),
  };
}

/** Characters: a run may have been written by another program. */
const longest = 2000;

/** What an evaluation says; null for another row, and for one without an FID. */
export function evaluatedAt(row: MetricsRow, place: Place): EvaluatedAt | null {
  if (row.type !== 'evaluation') return null;
  const numbers = (figure: unknown) =>
    Object.entries(Object(figure)).filter(([, value]) => Number.isFinite(value)) as [string, number][];
  const figures = Object.entries(Object(row.figures))
    .map(([name, figure]) => [name, Object.fromEntries(numbers(figure))] as const)
    .filter(([, figure]) => 'value' in figure);
  const evaluated = { ...place, figures: Object.fromEntries(figures) } as EvaluatedAt;
  return evaluated.figures.fid ? evaluated : null;
}
