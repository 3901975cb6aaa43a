import { dirname } from 'node:path';
import type { TrainEvent, TrainSummary } from '../events.js';
import { GanTrainer } from '../trainer.js';
import { Interruption, InterruptionWatch } from './interruption.js';
import { newJob, resumedJob, type TrainingJob } from './job.js';
import { createProgress, loss, type Progress } from './progress.js';
import { shellQuote } from './report.js';
import type { TrainFlags } from './train.js';

/** What was last written, for the words at the end. */
interface Written {
  checkpoint?: string;
  sample?: string;
  summary?: TrainSummary;
}

/** Trains as the flags say. @returns the exit status. */
export async function runTraining(flags: TrainFlags): Promise<number> {
  const progress = createProgress(process.stderr, flags.quiet ?? false);
  const watch = new InterruptionWatch(({ by }) => {
    if (by === 'Ctrl-C') progress.say('Stopping and saving. Ctrl-C once more stops at once.');
    else progress.say('Stopping and saving.');
  });
  const written: Written = {};
  let job: TrainingJob | null = null;
  try {
    job = flags.resume === undefined ? newJob(flags) : await resumedJob(flags.resume, flags, progress.say);
    if (job.epochs === 0) {
      progress.say(`${flags.resume} is complete. Name how many more: --epochs N or --steps N.`);
      return 0;
    }
    const onEvent = (event: TrainEvent) => {
      note(event, written);
      progress.show(event);
      if (flags.json) process.stdout.write(`${JSON.stringify(event)}\n`);
    };
    await job.trainer.fit(job.epochs, { ...job.fit, signal: watch.signal, onEvent });
    progress.stop();
    conclude(progress, written, { more: '--epochs 10' });
    return 0;
  } catch (error) {
    progress.stop();
    if (!(error instanceof Interruption)) {
      if (written.checkpoint) progress.say(`The last good checkpoint is ${written.checkpoint}.`);
      throw error;
    }
    progress.say(stoppedBy(error, written));
    conclude(progress, written, { more: job?.isExtension ? stepsLeft(job, written) : '' });
    return error.exitCode;
  } finally {
    job?.trainer.dispose();
    watch.close();
  }
}
