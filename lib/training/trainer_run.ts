import { resolve } from 'node:path';
import { createRun } from '../run/run.js';
import type { SessionTask } from '../run/sessions.js';
import { RunWriter } from '../run/writer.js';

/** The run that a trainer goes on with, from one `fit` to the next. */
export class TrainerRun {
  #known: { readonly directory: string; readonly session: number } | null;

  /** @param known the run, and the number of its last session that is known; null before the first `fit` */
  constructor(known: { readonly directory: string; readonly session: number } | null = null) {
    this.#known = known;
  }

  /**
   * The run to write, owned by this process until its `end`: the one that is known, or a new one.
   * @param config of a new one
   * @throws DcganError ERR_OUTPUT…, ERR_RUN_….
   */
  async begin(outDir: string | true, task: SessionTask, config: object): Promise<RunWriter> {
    const known = this.#known;
    const goesOn = outDir !== true && known !== null && resolve(outDir) === resolve(known.directory);
    const run = goesOn
      ? await RunWriter.begin(known.directory, known.session, task.step, task)
      : await createRun(outDir === true ? null : outDir, task.step, task);
    try {
      if (!goesOn) await run.writeConfig(config);
    } catch (error) {
      await run.end();
      throw error;
    }
    this.#known = { directory: run.directory, session: run.session };
    return run;
  }
}
