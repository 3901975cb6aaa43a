import * as v from 'valibot';
import type { ImageBatch, SoftLabelInput } from '../network/arrays.js';
import { abortSignal, check } from '../options.js';
import { weightsOf } from './class_weights.js';
import { drawFrames, frameCount } from './frames.js';
import {
  type GivenLatents,
  givenEntries,
  labelsGiven,
  labelsSchema,
  latentsGiven,
  truncationSchema,
} from './given.js';
import type { LatentModel } from './model.js';
import { between, normOf, rowsOf, times, withNorm } from './vectors.js';

/** From where to where `interpolate` goes, and how. */
export interface InterpolateOptions extends GivenLatents {
  /** The class of each latent vector, or of all, or weights [n, classes]; between two of them the weights change evenly. Default: each in turn. */
  readonly labels?: SoftLabelInput;
  /** How many frames in all, at most 100,000, the latent vectors' own among them where there are enough. Default 60. */
  readonly frames?: number;
  /**
   * `spherical` turns from one to the next and changes the norm evenly, so that pictures between are as likely as at the ends;
   * `linear` goes straight. Default `spherical`.
   */
  readonly mode?: 'spherical' | 'linear';
  /** Go on from the last to the first, so that a film of it goes round without a jump. Default false. */
  readonly closed?: boolean;
  /** ψ of z · ψ, from 0 to 2: below 1 pictures are more usual, and less different. Default 1. */
  readonly truncation?: number;
  /** Ends it: taking the next frame rejects with its reason. */
  readonly signal?: AbortSignal;
}

const schema = v.strictObject({
  ...givenEntries,
  labels: labelsSchema,
  frames: v.optional(frameCount, 60),
  mode: v.optional(v.picklist(['spherical', 'linear']), 'spherical'),
  closed: v.optional(v.boolean(), false),
  truncation: truncationSchema,
  signal: v.optional(abortSignal),
});

/**
 * Frames [1, S, S, C] on the way through two or more latent vectors.
 * @throws DcganError ERR_OPTION, ERR_SHAPE, ERR_VALUE, ERR_LABELS at once; those of `drawFrames` while frames are taken.
 */
export function interpolate(model: LatentModel, options: InterpolateOptions): AsyncGenerator<ImageBatch> {
  const { seeds, latents, frames, mode, closed, truncation, signal, ...more } = check(schema, options);
  const { latentSize, classes } = model.options;
  const points = rowsOf(latentsGiven({ seeds, latents }, model.options, 2), latentSize);
  const labels = labelsGiven(more.labels, points.length, model.options);
  const weights = labels && rowsOf(weightsOf(labels, classes), classes);
  const way = mode === 'spherical' ? slerp : between;
  const at = (i: number) => placeOf(i, frames, points.length, closed);
  const plan = {
    count: frames,
    cells: 1,
    latents: (i: number) => {
      const { from, to, share } = at(i);
      return times(way(points[from]!, points[to]!, share), truncation);
    },
    labels: (i: number) => {
      const { from, to, share } = at(i);
      return weights && between(weights[from]!, weights[to]!, share);
    },
  };
  return drawFrames(model, plan, signal);
}

/** Where a frame is: between which two of n points, and which share of the way. */
function placeOf(frame: number, frames: number, n: number, closed: boolean) {
  const all = closed ? (frame / frames) * n : (frame / Math.max(1, frames - 1)) * (n - 1);
  // The last frame of an open way is at its end.
  const from = Math.min(Math.floor(all), closed ? n - 1 : n - 2);
  return { from, to: (from + 1) % n, share: all - from };
}

/** Below this sine two vectors lie in one line, and no plane is theirs: numbers of float32 tell no better. */
const leastSine = 1e-5;

/**
 * Spherical interpolation (Shoemake 1985) of vectors of any norm: the direction turns evenly, the norm changes evenly. Between opposite
 * vectors it turns by way of one that is perpendicular to both; where one of them is zero it goes straight.
 */
export function slerp(a: Float32Array, b: Float32Array, share: number): Float32Array {
  const [normA, normB] = [normOf(a), normOf(b)];
  if (normA === 0 || normB === 0) return between(a, b, share);
  const [from, to] = [withNorm(a, 1), withNorm(b, 1)];
  const norm = (1 - share) * normA + share * normB;
  const cosine = dot(from, to);
  const aside = to.map((number, i) => number - cosine * from[i]!);
  const sine = normOf(aside);
  if (sine >= leastSine) return turned(from, withNorm(aside, 1), Math.atan2(sine, cosine) * share, norm);
  return cosine > 0 ? times(from, norm) : turned(from, perpendicular(from), Math.PI * share, norm);
}

/** A unit vector turned towards one that is perpendicular to it. */
function turned(from: Float32Array, aside: Float32Array, angle: number, norm: number): Float32Array {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  return from.map((number, i) => norm * (cosine * number + sine * aside[i]!));
}

/** Of all unit vectors that are perpendicular to this one, that which is nearest to the axis where it has least. */
function perpendicular(vector: Float32Array): Float32Array {
  const sizes = vector.map(Math.abs);
  const axis = sizes.indexOf(Math.min(...sizes));
  return withNorm(
    vector.map((number, i) => (i === axis ? 1 : 0) - vector[axis]! * number),
    1,
  );
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, number, i) => sum + number * b[i]!, 0);
}
