import { encodeCheckpoint, readCheckpoint } from '../checkpoint/checkpoint.js';
import { DcganError } from '../errors.js';
import type { NativeRun } from '../native/bindings.js';
import type { Group } from '../parallel/group.js';
import type { TrainEvent, TrainSummary } from './events.js';
import type { FitSubject } from './fit.js';
import type { ResolvedFitOptions } from './fit_options.js';
import { Stopping } from './stopping.js';

/**
 * What the leading process tells the others to do. So every decision, of the watchdog, of whoever asks for the end, is one that a
 * single process takes.
 */
type Order =
  | { readonly do: 'run'; readonly steps: number }
  /** Images of a seed, for an evaluation: each draws its part. */
  | { readonly do: 'draw'; readonly images: DrawnImages }
  /** A checkpoint follows. */
  | { readonly do: 'goBack' }
  | { readonly do: 'end'; readonly summary: TrainSummary }
  | { readonly do: 'fail'; readonly reason: string };

/** Which images of which seed, and their classes. */
interface DrawnImages {
  readonly count: number;
  readonly seed: number;
  readonly first: number;
  readonly labels: readonly number[] | null;
}

/**
 * Trains as the leading process of a group: whatever changes the model, the others do as well.
 * @param train trains the subject that it is given, as a process does alone
 */
export async function lead(
  group: Group,
  subject: FitSubject,
  train: (subject: FitSubject) => Promise<TrainSummary>,
): Promise<TrainSummary> {
  const order = (what: Order) => group.broadcast(what);
  const leading: FitSubject = Object.create(subject, {
    run: {
      value: async (steps: number) => {
        const unready = await order({ do: 'run', steps }).then(() => '', lossOf);
        if (unready)
          return {
            step: subject.step,
            losses: new Float32Array(),
            seconds: 0,
            notice: '',
            stopped: false,
            lost: unready,
          };
        const chunk = await guarded(group, subject.run(steps));
        if (!isStopped(chunk)) return chunk;
        const reasons = group.gather<string | null>(null);
        const lost = await reasons.then((all) => all.find((reason) => reason !== null) ?? '', lossOf);
        return { ...chunk, lost };
      },
    },
    evaluate: {
      value: () =>
        subject.evaluate(async ({ count, from, first = 0, labels }) => {
          // An evaluation draws by seed, and gives whole classes.
          const images = { count, seed: from as number, first, labels: labels && [...labels] };
          await order({ do: 'draw', images });
          return drawTogether(group, subject, images);
        }),
    },
    goBackTo: {
      value: async (checkpoint: Parameters<FitSubject['goBackTo']>[0]) => {
        await order({ do: 'goBack' });
        await group.broadcastBytes(await encodeCheckpoint(checkpoint));
        return subject.goBackTo(checkpoint);
      },
    },
  });
  try {
    const summary = await train(leading);
    // All is trained and saved: who is lost now is missed by nobody.
    await order({ do: 'end', summary }).catch(() => undefined);
    return summary;
  } catch (error) {
    await order({ do: 'fail', reason: group.told(error) }).catch(() => undefined);
    throw error;
  }
}

/** Ends what the others have called `fit` for, as nothing is to be trained. */
export async function dismiss(group: Group, summary: TrainSummary): Promise<void> {
  await group.broadcast<Order>({ do: 'end', summary });
}

/** The summary of no step. */
export function nothingTrained(step: number, epoch: number): TrainSummary {
  const none = { steps: 0, generatorLoss: Number.NaN, discriminatorLoss: Number.NaN, seconds: 0 };
  return { step, epoch, ...none, imagesPerSecond: 0, outDir: null, checkpoint: null, sample: null };
}

/**
 * Trains as one of the others.
 * @returns what the leading process came to
 * @throws DcganError ERR_PARALLEL when that one failed, or another is lost; ERR_DIVERGED; the signal's reason; what a handler threw.
 */
export async function follow(
  group: Group,
  subject: FitSubject,
  options: ResolvedFitOptions,
  emit: (event: TrainEvent) => void,
): Promise<TrainSummary> {
  const stopping = new Stopping(options.signal, () => subject.stop());
  const report = (event: TrainEvent) => {
    emit(event);
    stopping.call(() => options.onEvent?.(event));
  };
  const run = async (steps: number) => {
    // All processes see that it diverges; the leading one decides what comes of it.
    const running = guarded(group, subject.run(steps)).catch(unlessDiverged);
    // Who was stopped meanwhile tells so by this step.
    if (stopping.isStopped) subject.stop();
    const chunk = await running;
    if (chunk?.lost) throw new DcganError('ERR_PARALLEL', chunk.lost);
    if (chunk && isStopped(chunk))
      await group.gather(stopping.isStopped ? group.told(stopping.reason) : null);
  };
  try {
    for (const message of subject.notices) report({ type: 'notice', step: subject.step, message });
    for (;;) {
      const order = await group.broadcast<Order>();
      if (order.do === 'run') {
        await run(order.steps);
      } else if (order.do === 'draw') {
        // Where nothing can be drawn, the leading process knows it as well.
        await drawTogether(group, subject, order.images).catch(unlessDiverged);
      } else if (order.do === 'goBack') {
        await subject.goBackTo(await readCheckpoint(await group.broadcastBytes(new Uint8Array())));
      } else {
        stopping.throwIfStopped();
        if (order.do === 'fail') throw new DcganError('ERR_PARALLEL', order.reason);
        report({ type: 'end', ...order.summary });
        await stopping.handlersDone();
        stopping.throwIfStopped();
        return order.summary;
      }
    }
  } finally {
    stopping.close();
  }
}

/** Each process draws its part of some images; all get all of them. */
async function drawTogether(
  group: Group,
  { draw }: FitSubject,
  { count, seed, first, labels }: DrawnImages,
): Promise<Float32Array> {
  const { rank, worldSize } = group.place;
  const [begin, end] = [rank, rank + 1].map((part) => Math.floor((count * part) / worldSize)) as [
    number,
    number,
  ];
  const of = labels && Int32Array.from(labels.slice(begin, end));
  const latents = { count: end - begin, from: seed, first: first + begin, labels: of };
  const own = await (end > begin ? guarded(group, draw(latents)).catch(divergenceOf) : new Float32Array());
  const failures = await group.gather(own instanceof DcganError ? own.message : null);
  const failure = failures.find((message) => message !== null);
  if (failure || own instanceof DcganError) throw new DcganError('ERR_DIVERGED', failure!);
  const parts = await group.gatherBytes(new Uint8Array(own.buffer, own.byteOffset, own.byteLength));
  // In memory of its own: pieces of a larger one may not lie where numbers can.
  return new Float32Array(Uint8Array.from(Buffer.concat(parts)).buffer);
}

/** What fails on one process leaves the others waiting, but for what diverges, which does so on all. */
function guarded<T>(group: Group, work: Promise<T>): Promise<T> {
  return work.catch(async (error: unknown) => {
    if (!isDivergence(error)) await group.fail(error);
    throw error;
  });
}

/** Whether some process wants to stop, and can be asked why. */
const isStopped = ({ stopped, lost }: NativeRun) => stopped && lost === '';

/** How a loss of other processes is told, which leaves all that was trained good. @throws any other error */
function lossOf(error: unknown): string {
  if (error instanceof DcganError && error.code === 'ERR_PARALLEL') return error.message;
  throw error;
}

const isDivergence = (error: unknown): error is DcganError =>
  error instanceof DcganError && error.code === 'ERR_DIVERGED';

/** The error of what diverged. @throws any other. */
function divergenceOf(error: unknown): DcganError {
  if (isDivergence(error)) return error;
  throw error;
}

function unlessDiverged(error: unknown): null {
  divergenceOf(error);
  return null;
}
