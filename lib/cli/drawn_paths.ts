import { digitsGenerator, type Generator } from '../generation/generator.js';
import { latentsOfExpression } from '../latent/expression.js';
import { latentsOfSeeds } from '../latent/given.js';
import type { ImageBatch, SoftLabelInput } from '../network/arrays.js';
import type { LoadedCheckpoint } from '../run/checkpoints.js';
import { resolveModel } from '../run/run.js';
import { type CountedFrames, checkFramesOut, writeFrames } from './frames.js';
import { untilInterrupted } from './interruption.js';
import { classesAsked } from './labels.js';
import { withGenerator } from './model_meant.js';
import type { PathFlags } from './paths.js';
import { PhaseLine } from './phase_line.js';
import { parseRanges } from './seeds.js';
import { writeStdout } from './stdout.js';

/** A generator that was loaded, and what was typed that is the same for all paths. */
export interface PathDrawer {
  readonly generator: Generator;
  readonly loaded: LoadedCheckpoint;
  readonly common: {
    readonly truncation: number;
    readonly labels: number | number[] | undefined;
    readonly signal: AbortSignal;
  };
}

/** Frames that were asked for, and what they are drawn from, as `--json` tells it. */
export interface DrawnPath extends CountedFrames {
  readonly from: Readonly<Record<string, unknown>>;
}

/**
 * Loads the generator that is meant, and writes the frames that `draw` gives, with progress on stderr.
 * @param source a run or a checkpoint; undefined: the digits of the package
 * @returns the exit status: 0, or that of an `Interruption`
 */
export function drawPath(
  source: string | undefined,
  flags: PathFlags,
  draw: (drawer: PathDrawer) => Promise<DrawnPath>,
): Promise<number> {
  const { out, fps, scale, columns, force = false, json = false, quiet = false } = flags;
  const line = new PhaseLine(quiet);
  return untilInterrupted(async (signal) => {
    // Before the work, which may be long.
    await checkFramesOut(out, force);
    const loaded = await resolveModel(source ?? digitsGenerator, flags.best ?? false);
    await withGenerator(loaded, flags, async (generator) => {
      const labels = classesAsked(flags, loaded.checkpoint.data?.classNames ?? []);
      const common = { truncation: flags.trunc, labels, signal };
      const { from, ...counted } = await draw({ generator, loaded, common });
      const frames = watched(counted, (done) => line.show('drawing', done, counted.count));
      await writeFrames(out, { ...counted, frames }, { fps, scale, columns }).finally(() => line.stop());
      const told = { path: out, frames: counted.count, ...from, checkpoint: loaded.path };
      if (json) await writeStdout(`${JSON.stringify({ ...told, step: loaded.checkpoint.step })}\n`);
      const these = counted.count === 1 ? '1 frame' : `${counted.count} frames`;
      if (!quiet) process.stderr.write(`Drew ${these}: ${out}\n`);
    });
  });
}

async function* watched(
  { frames }: Pick<CountedFrames, 'frames'>,
  onFrame: (done: number) => void,
): AsyncGenerator<ImageBatch> {
  let done = 0;
  for await (const frame of frames) {
    yield frame;
    onFrame(++done);
  }
}

/** The latent vectors that were asked for, [n, latentSize], and their classes. */
interface AskedLatents {
  readonly latents: Float32Array;
  readonly labels: SoftLabelInput | undefined;
  /** What was typed, as `--json` tells it. */
  readonly from: { readonly seeds: readonly number[] } | { readonly latents: string };
}

/**
 * The latent vectors that `--seeds` or `--latents` stand for. Classes that were not typed are those of the file.
 * @param usual seeds where neither was typed
 * @throws DcganError ERR_OPTION, ERR_LATENTS.
 */
export async function latentsAsked(
  flags: { readonly seeds?: string; readonly latents?: string },
  usual: string,
  { generator, common }: PathDrawer,
): Promise<AskedLatents> {
  const { latentSize } = generator.options;
  if (flags.latents === undefined) {
    const seeds = parseRanges('seeds', flags.seeds ?? usual);
    return { latents: latentsOfSeeds(seeds, latentSize), labels: common.labels, from: { seeds } };
  }
  const place = { latentSize, generator: generator.digest };
  const { latents, labels } = await latentsOfExpression(flags.latents, place);
  return { latents, labels: common.labels ?? labels ?? undefined, from: { latents: flags.latents } };
}
