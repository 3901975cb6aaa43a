import { resolve } from 'node:path';
import { describeSource } from '../data/images.js';
import type { PresetName } from '../presets.js';
import { nextRecord, type RunSettings, readConfig } from '../run/record.js';
import { createRun } from '../run/run.js';
import type { SessionTask } from '../run/sessions.js';
import { RunWriter } from '../run/writer.js';
import { version } from '../version.js';
import type { ResolvedFitOptions } from './fit_options.js';
import type { LoadedData, Model } from './model.js';

/** The run that a trainer goes on with, from one `fit` to the next. */
export class TrainerRun {
  #known: { readonly directory: string; readonly session: number } | null;

  /** @param known the run, and the number of its last session that is known; null before the first `fit` */
  constructor(known: { readonly directory: string; readonly session: number } | null = null) {
    this.#known = known;
  }

  /**
   * The run to write, owned by this process until its `end`, and recorded: the one that is known, or a new one.
   * @throws DcganError ERR_OUTPUT…, ERR_RUN_…; ERR_CHECKPOINT_… when its record cannot be read.
   */
  async begin(outDir: string | true, task: SessionTask, settings: RunSettings): Promise<RunWriter> {
    const known = this.#known;
    const goesOn = outDir !== true && known !== null && resolve(outDir) === resolve(known.directory);
    const run = goesOn
      ? await RunWriter.begin(known.directory, known.session, task.step, task)
      : await createRun(outDir === true ? null : outDir, task.step, task);
    try {
      const previous = goesOn ? await readConfig(run.directory) : null;
      const session = { number: run.session, started: run.started, task };
      await run.writeConfig(nextRecord(previous, settings, session));
    } catch (error) {
      await run.end();
      throw error;
    }
    this.#known = { directory: run.directory, session: run.session };
    return run;
  }
}

/** What the record of a run says of a `fit`. */
export function settingsOf(
  { options, source }: Model,
  preset: PresetName | null,
  { summary }: LoadedData,
  libtorch: string,
  { signal, onEvent, outDir, steps, ...kept }: ResolvedFitOptions,
): RunSettings {
  const { name, isOwn } = describeSource(source);
  return {
    versions: { dcganNative: version, libtorch, node: process.versions.node },
    ...(preset !== null && { preset }),
    model: options,
    data: name,
    dataIsOwn: isOwn,
    dataSha256: summary.sha256,
    fit: kept,
  };
}
