import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isIdx } from '../data/idx.js';
import { type EvaluateOptions, evaluateImages } from '../evaluation/evaluate.js';
import type { EvaluationProgress } from '../evaluation/evaluator.js';
import type { EvaluationReport, FigureName } from '../evaluation/report.js';
import { kindBytes, kindOf } from '../files/kind.js';
import { openRegular } from '../files/regular.js';
import { Generator } from '../generation/generator.js';
import { isGeneratorAlone } from '../network/state.js';
import { skippedNotices } from '../run/checkpoints.js';
import { resolveModel } from '../run/run.js';
import { GanTrainer } from '../training/trainer.js';
import type { EvaluateFlags } from './evaluate.js';
import { untilInterrupted } from './interruption.js';
import { pickModelOptions } from './options.js';
import { PhaseLine } from './phase_line.js';
import { warn } from './report.js';

/** What figures are called, and which way is better. */
const rows: readonly (readonly [FigureName, string, string])[] = [
  ['fid', 'FID', 'lower is better'],
  ['fidInfinity', 'FID∞', 'of ever more images'],
  ['kid', 'KID', 'lower is better'],
  ['precision', 'precision', 'share that looks real'],
  ['recall', 'recall', 'share of what is real that is drawn'],
  ['density', 'density', 'how densely they lie among real ones'],
  ['coverage', 'coverage', 'share of what is real that is near'],
  ['score', 'score', 'higher is better, at most the number of classes'],
  ['entropy', 'entropy', 'of the classes'],
  ['confidence', 'confidence', 'how clearly each is of a class'],
];

/**
 * Evaluates what a path leads to, with progress on stderr.
 * @returns the exit status: 0, or that of an `Interruption`
 * @throws DcganError ERR_OPTION, ERR_FEATURES, ERR_DATA_…, ERR_CHECKPOINT_….
 */
export async function runEvaluation(images: string, flags: EvaluateFlags): Promise<number> {
  const { quiet = false, json = false } = flags;
  const progress = new PhaseLine(quiet);
  return untilInterrupted(async (signal) => {
    const onProgress: EvaluationProgress = (phase, done, of) =>
      progress.show(`evaluating: ${phase}`, done, of);
    const report = await evaluate(images, flags, { signal, onProgress }).finally(() => progress.stop());
    if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else if (!quiet) process.stdout.write(`${reportText(report)}\n`);
  });
}

async function evaluate(
  path: string,
  { best = false, ...flags }: EvaluateFlags,
  more: Pick<EvaluateOptions, 'signal' | 'onProgress'>,
): Promise<EvaluationReport> {
  const { samples, seed, data, test, features, featuresOnnx, nearest } = flags;
  const options = { samples, seed, data, test, features, featuresOnnx, nearest, ...more };
  if (!(await isModel(path))) return evaluateImages(path, options);
  const { seed: _, ...here } = pickModelOptions(flags);
  const loaded = await resolveModel(path, best);
  if (isGeneratorAlone(loaded.checkpoint.state)) {
    const generator = await Generator.load(loaded, { ...here, onNotice: warn });
    try {
      return await generator.evaluate(options);
    } finally {
      generator.dispose();
    }
  }
  for (const notice of skippedNotices(loaded.path, loaded.skipped)) warn(notice);
  const trainer = await GanTrainer.load(loaded, here);
  try {
    return { ...(await trainer.evaluate(options)), of: loaded.path };
  } finally {
    trainer.dispose();
  }
}

/** Whether a path leads to a run or a checkpoint, rather than to images. */
async function isModel(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (found === null) return true;
  if (found.isDirectory()) {
    return stat(join(path, 'config.json')).then(
      () => true,
      () => false,
    );
  }
  const start = await beginningOf(path);
  // What cannot be read is left to who reads checkpoints, and says what is wrong.
  return start === null || (!isIdx(start) && kindOf(start)?.id !== 'gzip');
}

/** The first bytes of a file; null for what is none, or cannot be read. */
async function beginningOf(path: string): Promise<Buffer | null> {
  const opened = await openRegular(path, () => new Error('no file')).catch(() => null);
  if (opened === null) return null;
  try {
    const { buffer, bytesRead } = await opened.file.read(Buffer.alloc(kindBytes), 0, kindBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await opened.file.close();
  }
}

/** A report as people read it. */
export function reportText(report: EvaluationReport): string {
  const { of, step, samples, reference, heldOut, features, figures, nearest, discriminator } = report;
  const at = step === null ? '' : ` (step ${step})`;
  const lines = [
    `${samples} images of ${of}${at}, compared with ${reference.count} of ${reference.name}.`,
    `Described by ${features.name} (${features.sha256.slice(0, 12)}). The floor is what ${heldOut.count} real images of ${heldOut.name} have.`,
    '',
    `${''.padEnd(12)}${'value'.padStart(9)}${'± error'.padStart(10)}${'floor'.padStart(9)}`,
  ];
  for (const [name, title, says] of rows) {
    const figure = figures[name];
    if (!figure) continue;
    const { value, error, floor } = figure;
    const numbers = `${shown(value).padStart(9)}${shown(error).padStart(10)}${shown(floor).padStart(9)}`;
    lines.push(`${title.padEnd(12)}${numbers}  ${says}`);
  }
  lines.push(
    `${'variety'.padEnd(12)}${shown(report.variety).padStart(9)}${''.padStart(10)}${'1'.padStart(9)}  of pixels; near 0 they are alike`,
  );
  if (report.histogram) {
    const names = report.classNames ?? report.histogram.map((_, i) => String(i));
    const shares = report.histogram.map(
      (count, i) => `${names[i]} ${((100 * count) / samples).toFixed(1)} %`,
    );
    lines.push('', `Classes: ${shares.join(', ')}.`);
  }
  if (nearest) {
    const { samples: own, heldOut: real } = nearest;
    const verdict = own < 0.8 * real ? 'They repeat training images.' : 'They repeat none.';
    lines.push(
      `Nearest training image: ${shown(own)} away (median), and ${shown(real)} from real ones. ${verdict}`,
    );
  }
  if (discriminator) {
    const share = (value: number) => `${(100 * value).toFixed(0)} %`;
    lines.push(
      `The discriminator is right about ${share(discriminator.real)} of real and ${share(discriminator.drawn)} of drawn images.`,
    );
  }
  return lines.join('\n');
}

/** A figure with three digits that count. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
