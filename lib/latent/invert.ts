import type { NativeLatentProblem } from '../native/bindings.js';
import { bestOf, type Candidates, type Found, joined } from './candidates.js';
import type { LatentProgress, OpenSearch, SearchRun } from './search.js';

/** What is known of `count` pictures, and what makes an image fit; `NativeLatentProblem` says what each is. */
export interface Known
  extends Pick<
    NativeLatentProblem,
    'targets' | 'pooling' | 'weights' | 'absolute' | 'featureWeight' | 'realismWeight' | 'priorWeight'
  > {
  readonly count: number;
}

/** How a search goes. */
export interface Course extends Pick<NativeLatentProblem, 'seed'> {
  /** Steps of the last round. */
  readonly steps: number;
  /** How many candidates of each picture are left then. */
  readonly keep: number;
}

/** All candidates take some steps; of these one in `halving` takes as many times more. */
interface Round {
  readonly each: number;
  readonly steps: number;
}

const halving = 4;
/** Adam's rate, and beyond which numbers of latent vectors are drawn anew. */
const [learningRate, clip] = [0.1, 3];
/** Candidates whose images are in memory at once. */
const mostCandidates = 4096;

/**
 * Looks for latents by successive halving (Jamieson and Talwalkar 2016): many candidates take few steps, the best of each picture more.
 * @returns the candidates that are left, the best of a picture first
 * @throws DcganError as `OpenSearch.find` says; the signal's reason.
 */
export async function invert(
  search: OpenSearch,
  known: Known,
  first: Candidates,
  course: Course,
  { signal, onProgress }: SearchRun,
): Promise<Found> {
  const rounds = roundsOf(first.each, course);
  const cost = rounds.reduce((sum, { each, steps }) => sum + each * steps, 0);
  const atOnce = Math.max(1, Math.floor(mostCandidates / first.each));
  const parts: Found[] = [];
  for (let at = 0; at < known.count; at += atOnce) {
    const some = Math.min(atOnce, known.count - at);
    const told = (done: number) => onProgress?.({ done: at * cost + some * done, of: known.count * cost });
    const part = slicedCandidates(first, known.count, at, some);
    parts.push(
      await halved(search, slicedKnown(known, at, some), part, course, { signal, onProgress: told }),
    );
  }
  return joined(parts);
}

/** The rounds of some pictures. Progress is in steps of a picture's candidates. */
async function halved(
  search: OpenSearch,
  { count: _, ...known }: Known,
  first: Candidates,
  { keep, ...course }: Course,
  { signal, onProgress }: { signal: AbortSignal | undefined; onProgress: (done: number) => void },
): Promise<Found> {
  let before = 0;
  let candidates = first;
  for (const { each, steps } of roundsOf(first.each, { keep, ...course })) {
    const { latents, labels } = candidates;
    const problem = { ...known, ...course, learningRate, clip, latents, labels, starts: each, steps };
    const told = ({ done, of }: LatentProgress) => onProgress(before + (each * steps * done) / of);
    const result = await search.find(problem, { signal, onProgress: told });
    before += each * steps;
    const found = { ...candidates, ...result };
    candidates = bestOf(found, nextOf(each, keep));
  }
  return candidates as Found;
}

const nextOf = (each: number, keep: number): number => Math.max(keep, Math.ceil(each / halving));

function roundsOf(each: number, course: Pick<Course, 'steps' | 'keep'>): Round[] {
  const { steps, keep } = course;
  if (each <= keep) return [{ each, steps }];
  return [{ each, steps: Math.ceil((steps * keep) / each) }, ...roundsOf(nextOf(each, keep), course)];
}

function slicedKnown(known: Known, at: number, some: number): Known {
  const slice = (array: Float32Array) => {
    const size = array.length / known.count;
    return array.subarray(at * size, (at + some) * size);
  };
  return {
    ...known,
    count: some,
    targets: slice(known.targets),
    weights: known.weights && slice(known.weights),
  };
}

function slicedCandidates(
  { each, latents, labels }: Candidates,
  count: number,
  at: number,
  some: number,
): Candidates {
  const size = latents.length / count;
  return {
    each,
    latents: latents.subarray(at * size, (at + some) * size),
    labels: labels?.subarray(at * each, (at + some) * each) ?? null,
  };
}
