import type { ModelOptions } from '../options.js';
import type { Candidates } from './candidates.js';
import { drawNormal } from './philox.js';
import type { Guess } from './search.js';

/** What decides where a search begins. */
export interface Beginning {
  readonly count: number;
  /** Candidates of each picture, where that is wanted. */
  readonly starts: number | undefined;
  /** Candidates where it is not; more where nothing tells which of many classes it is. */
  readonly usual: number;
  readonly seed: number;
  /** The class of each picture; null where it is not given, or there are none. */
  readonly labels: Int32Array | null;
  readonly guess: Guess | null;
}

/** Candidates so that each class has its turn twice; more classes than that have to share. */
const mostForClasses = 256;

/**
 * The first candidates: of each picture what an encoder guesses, where there is one, and latent vectors that the seed decides, the same
 * for all pictures. Where the class is not given they take different ones, the most likely first.
 */
export function beginning(
  { count, starts, usual, seed, labels, guess }: Beginning,
  { latentSize, classes }: ModelOptions,
): Candidates {
  const forClasses = labels || guess ? 0 : Math.min(2 * classes, mostForClasses);
  const each = starts ?? Math.max(usual, forClasses);
  const drawn = drawNormal(seed, 0, each * latentSize);
  const latents = new Float32Array(count * each * latentSize);
  const taken = classes > 0 ? new Int32Array(count * each) : null;
  for (let picture = 0; picture < count; picture++) {
    latents.set(drawn, picture * drawn.length);
    const guessed = guess?.latents.subarray(picture * latentSize, (picture + 1) * latentSize);
    if (guessed) latents.set(guessed, picture * drawn.length);
    const likely = rankedClasses(guess?.logits.subarray(picture * classes, (picture + 1) * classes), classes);
    for (let i = 0; taken && i < each; i++) {
      taken[picture * each + i] = labels ? labels[picture]! : likely[i % classes]!;
    }
  }
  return { each, latents, labels: taken };
}

function rankedClasses(logits: Float32Array | undefined, classes: number): number[] {
  const all = Array.from({ length: classes }, (_, label) => label);
  return logits ? all.sort((a, b) => logits[b]! - logits[a]!) : all;
}
