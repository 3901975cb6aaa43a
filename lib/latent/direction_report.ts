import { classesOf, type Judge } from './judge.js';

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
  const edited = new Float32Array(n * tried * size);
  for (let row = 0; row < n * tried; row++) {
    const [from, strength] = [Math.floor(row / tried) * size, strengths[row % tried]!];
    for (let i = 0; i < size; i++) edited[row * size + i] = latents[from + i]! + strength * direction[i]!;
  }
  const classes =
    labels && Int32Array.from({ length: n * tried }, (_, row) => labels[Math.floor(row / tried)]!);
  const { measures, logits } = await judge.judge(edited, classes);
  const told = logits && rows(classesOf(logits, judge.classes), tried);
  const classStays = told && share(told, (row) => row.every((label) => label === row[0]));
  return measures.map((values, k) => {
    const measured = rows(values, tried);
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

function rows(values: Float64Array | Int32Array, size: number): number[][] {
  return Array.from({ length: values.length / size }, (_, i) =>
    Array.from(values.subarray(i * size, (i + 1) * size)),
  );
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
