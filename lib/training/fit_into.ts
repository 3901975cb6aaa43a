import type { RunWriter } from '../run/writer.js';
import type { TrainEvent, TrainSummary } from './events.js';
import { type FitSubject, fit } from './fit.js';
import type { ResolvedFitOptions } from './fit_options.js';
import type { TensorBoardLog } from './tensorboard_log.js';

/** Trains a subject, writing into a run, where there is one, and into TensorBoard's files, where they are wanted. */
export async function fitInto(
  run: RunWriter | null,
  subject: FitSubject,
  steps: number,
  options: ResolvedFitOptions,
  emit: (event: TrainEvent) => void,
): Promise<TrainSummary> {
  let log: TensorBoardLog | null = null;
  try {
    if (options.tensorboard) {
      // Its package takes a moment to load.
      const loaded = await import('./tensorboard_log.js');
      log = await loaded.TensorBoardLog.begin(options.tensorboard, run, subject);
    }
    return await fit(subject, steps, run, options, emit, log);
  } finally {
    await log?.close();
    await run?.end();
  }
}
