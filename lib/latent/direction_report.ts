import { classesOf, type Judge } from './judge.js';
import { moved, rowsOf, stacked } from './vectors.js';

/** How far images go when their latent vectors do: z + s · direction, s from −3 to 3. */
export const reportedStrengths: readonly number[] = [-3, -2, -1, 0, 1, 2, 3];

/** What a direction does to images, as measured. */
export interface DirectionReport {
  /** What was measured: `slant`, `class:3`, …. Of a direction that was found without a measure, what it moves most. */
  readonly measure: string;
  /** How many latent vectors were tried. */
  readonly latents: number;
  /** The mean of the measure at the strengths −3, −2, −1, 0, 1, 2, 3. */
  readonly means: readonly number[];
  /** The standard deviation of the measure among images that are not edited. */
  readonly spread: number;
  /** Share of latent vectors for which the measure rises from each of these strengths to the next. */
  readonly monotone: number;
  /** Share of them whose image is of the same class at all of them; null where no classifier tells. */
  readonly classStays: number | null;
}

/** On what directions are tried. */
export interface Trial {
  /** [n, latentSize] */
  readonly latents: Float32Array;
  readonly labels: Int32Array | null;
  /** How far, in rising order, 0 among them. */
  readonly strengths: readonly number[];
}

/** Tries a direction [latentSize]. @returns a report by each of the judge's measures. @throws DcganError as `Judge.judge` says. */
export async function tryDirection(
  judge: Judge,
  direction: Float32Array,
  { latents, labels, strengths }: Trial,
): Promise<DirectionReport[]> {
  const size = direction.length;
  const n = latents.length / size;
  const tried = strengths.length;
  const edited = rowsOf(latents, size).flatMap((z) =>
    strengths.map((strength) => moved(z, direction, strength)),
  );
  const classes =
    labels && Int32Array.from({ length: n * tried }, (_, row) => labels[Math.floor(row / tried)]!);
  const { measures, logits } = await judge.judge(stacked(edited), classes);
  const told = logits && rowsOf(classesOf(logits, judge.classes), tried);
  const classStays = told && share(told, (row) => row.every((label) => label === row[0]));
  return measures.map((values, k) => {
    const measured = rowsOf(values, tried);
    return {
      measure: judge.measures[k]!,
      latents: n,
      means: strengths.map((_, s) => mean(measured.map((row) => row[s]!))),
      spread: deviation(measured.map((row) => row[strengths.indexOf(0)]!)),
      monotone: share(measured, (row) => row.every((value, s) => s === 0 || value > row[s - 1]!)),
      classStays,
    };
  });
}

function share<T>(all: readonly T[], holds: (each: T) => boolean): number {
  return all.filter(holds).length / all.length;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}
