import * as v from 'valibot';
import { DcganError } from '../errors.js';
import type { ImageBatch, SoftLabelInput } from '../network/arrays.js';
import { abortSignal, check, count } from '../options.js';
import { drawFrames, frameCount } from './frames.js';
import { labelsGiven, labelsSchema, latentsOfSeeds, seedSchema, truncationSchema } from './given.js';
import { gaussianLoop, type Loop, splineLoop } from './loops.js';
import type { LatentModel } from './model.js';
import { rowsOf, stacked, times } from './vectors.js';

/** Where `walk` goes. */
export interface WalkOptions {
  /** Decides a random way. Default: the model's seed. */
  readonly seed?: number;
  /**
   * Instead of one seed: the loop goes through the latent vectors of these, at most 1,000 for each walk. Of several walks each gets one
   * in turn, as cards are dealt, and at least two.
   */
  readonly seeds?: readonly number[];
  /** Walks beside each other and below each other, [columns, rows], at most 16 of either. Default [1, 1]. */
  readonly grid?: readonly [number, number];
  /** Frames until it is where it began, at most 100,000. Default 120. */
  readonly frames?: number;
  /** Of a random way: by how many pictures that are unlike each other it comes, from 2 to 1,000. Default: one in 20 frames. */
  readonly keyframes?: number;
  /** ψ of z · ψ, from 0 to 2: below 1 pictures are more usual, and less different. Default 1. */
  readonly truncation?: number;
  /** The class of each walk, or of all, or weights [walks, classes]. Default: each in turn. */
  readonly labels?: SoftLabelInput;
  /** Ends it: taking the next frame rejects with its reason. */
  readonly signal?: AbortSignal;
}

const side = count(1, 16);
const mostKeyframes = 1000;

const schema = v.strictObject({
  seed: v.optional(seedSchema),
  seeds: v.optional(v.pipe(v.array(seedSchema), v.maxLength(100_000))),
  grid: v.optional(v.strictTuple([side, side]), [1, 1]),
  frames: v.optional(frameCount, 120),
  keyframes: v.optional(count(2, mostKeyframes)),
  truncation: truncationSchema,
  labels: labelsSchema,
  signal: v.optional(abortSignal),
});

/** Frames for each keyframe, where that was not said. */
const framesEach = 20;

/**
 * Frames [columns · rows, S, S, C] of smooth loops: the frame after the last is the first.
 * @throws DcganError ERR_OPTION, ERR_LABELS, ERR_VALUE at once; those of `drawFrames` while frames are taken.
 */
export function walk(model: LatentModel, options: WalkOptions): AsyncGenerator<ImageBatch> {
  const { grid, frames, truncation, labels, signal, ...from } = check(schema, options);
  const cells = grid[0] * grid[1];
  const loops = loopsOf({ ...from, frames, cells }, model);
  const classes = labelsGiven(labels, cells, model.options);
  const plan = {
    count: frames,
    cells,
    latents: (i: number) => stacked(loops.map((loop) => times(loop(i / frames), truncation))),
    labels: () => classes,
  };
  return drawFrames(model, plan, signal);
}

interface From extends Pick<WalkOptions, 'seed' | 'seeds' | 'keyframes'> {
  readonly frames: number;
  readonly cells: number;
}

/** The loop of each cell. */
function loopsOf({ seeds, frames, cells, ...from }: From, { options }: LatentModel): Loop[] {
  const { latentSize } = options;
  const numbers = Array.from({ length: cells }, (_, cell) => cell);
  if (seeds === undefined) {
    const {
      seed = options.seed,
      keyframes = Math.min(mostKeyframes, Math.max(2, Math.round(frames / framesEach))),
    } = from;
    return numbers.map((cell) => gaussianLoop({ seed, cell, keyframes, latentSize }));
  }
  checkSeeds(seeds, from, cells);
  return numbers.map((cell) => {
    const own = seeds.filter((_, i) => i % cells === cell);
    return splineLoop(rowsOf(latentsOfSeeds(own, latentSize), latentSize));
  });
}

/** @throws DcganError ERR_OPTION where they are too few or too many for the cells, or contradict another option. */
function checkSeeds(
  seeds: readonly number[],
  { seed, keyframes }: Omit<From, 'frames' | 'cells'>,
  cells: number,
): void {
  const refuse = (said: string) => new DcganError('ERR_OPTION', said, { value: seeds });
  const other = seed !== undefined ? 'seed' : keyframes !== undefined ? 'keyframes' : null;
  if (other !== null) {
    throw refuse(
      `Options 'seeds' and '${other}' contradict each other: the way through the latent vectors of seeds is no random one. Leave one of them out.`,
    );
  }
  const walks = cells === 1 ? 'one walk' : `${cells} walks`;
  if (seeds.length < 2 * cells) {
    throw refuse(
      `Option 'seeds' is wrong: ${walks} need at least 2 seeds each, ${2 * cells} in all, and these are ${seeds.length}. Give more, or a smaller grid.`,
    );
  }
  if (seeds.length <= mostKeyframes * cells) return;
  throw refuse(
    `Option 'seeds' is wrong: ${walks} take at most ${mostKeyframes} seeds each, and these are ${seeds.length}. Give fewer.`,
  );
}
