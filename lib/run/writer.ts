import { join, relative, sep } from 'node:path';
import type { Checkpoint } from '../checkpoint/checkpoint.js';
import { writeFileAtomically } from '../files/atomic.js';
import { makeDirectories } from '../files/directories.js';
import { outputError } from '../files/output_error.js';
import { removeTemporaries } from '../files/temporaries.js';
import { bestCheckpoint, type KeepOptions, keepBest, saveCheckpoint } from './checkpoints.js';
import { MetricsFile, type MetricsRow } from './metrics.js';
import { readConfig } from './record.js';
import { takeRequests } from './requests.js';
import { OwnedSession, type SessionTask } from './sessions.js';

/**
 * Writes a run directory, as its owner: `config.json`, `metrics.jsonl`, `checkpoints/`, `samples/`. One call is awaited
 * before the next; each makes sure first that the run is still this process's.
 */
export class RunWriter {
  readonly #session: OwnedSession;
  readonly #metrics: MetricsFile;

  private constructor(
    readonly directory: string,
    session: OwnedSession,
    metrics: MetricsFile,
  ) {
    this.#session = session;
    this.#metrics = metrics;
  }

  /**
   * Takes ownership of a run, clears away what a killed process left half done, and goes on with the metrics from the
   * step from which training does.
   * @param seen the number of the last session that is known; 0 for none
   * @throws DcganError ERR_RUN_LOCKED, ERR_RUN_CHANGED, ERR_OUTPUT.
   */
  static async begin(
    directory: string,
    seen: number,
    step: number,
    task: SessionTask | null = null,
  ): Promise<RunWriter> {
    const session = await OwnedSession.begin(directory, seen, task);
    try {
      for (const name of ['checkpoints', 'samples']) await makeDirectories(join(directory, name));
      for (const name of ['.', 'checkpoints', 'samples', 'sessions']) {
        await removeTemporaries(join(directory, name), session.began);
      }
      // What was asked of an earlier session is not asked of this one.
      await takeRequests(directory);
      return new RunWriter(directory, session, await MetricsFile.open(directory, step));
    } catch (error) {
      await session.end();
      throw outputError(directory, error);
    }
  }

  /** The number of this session: what the next one is to have seen. */
  get session(): number {
    return this.#session.number;
  }

  /** Where the sample grid of an epoch belongs. */
  samplePath(epoch: number): string {
    return join(this.directory, 'samples', `epoch-${String(epoch).padStart(4, '0')}.png`);
  }

  /** Where the sample grid of a step belongs that ends no epoch. */
  stepSamplePath(step: number): string {
    return join(this.directory, 'samples', `step-${String(step).padStart(8, '0')}.png`);
  }

  /** When this session began, ISO 8601. */
  get started(): string {
    return this.#session.started;
  }

  /** Replaces `config.json`. @throws DcganError ERR_RUN_CHANGED, ERR_OUTPUT. */
  async writeConfig(config: object): Promise<void> {
    const text = `${JSON.stringify(config, null, 2)}\n`;
    await this.writeFile(join(this.directory, 'config.json'), Buffer.from(text));
  }

  /** Replaces a file of the run, a picture for one. @throws DcganError ERR_RUN_CHANGED, ERR_OUTPUT. */
  async writeFile(path: string, bytes: Uint8Array): Promise<void> {
    await this.#session.check();
    await writeFileAtomically(path, [bytes]);
  }

  /**
   * Appends one line to `metrics.jsonl`: what happened, the time, and this session's number.
   * @throws DcganError ERR_RUN_CHANGED, ERR_OUTPUT.
   */
  async appendMetrics(happened: object): Promise<void> {
    await this.#session.check();
    await this.#metrics.append(this.#stamped(happened));
  }

  /** The same, written with the next line that is appended. */
  holdMetrics(happened: object): void {
    this.#metrics.hold(this.#stamped(happened));
  }

  #stamped(happened: object): object {
    return { ...happened, time: new Date().toISOString(), session: this.session };
  }

  /** The path of a file within the run, as its metrics name it: with forward slashes on every system. */
  within(path: string): string {
    return relative(this.directory, path).split(sep).join('/');
  }

  /**
   * Saves a checkpoint, once the metrics up to it last, and removes the older ones that need not be kept.
   * @returns its path
   * @throws DcganError ERR_RUN_CHANGED, ERR_OUTPUT; then none is removed.
   */
  async saveCheckpoint(checkpoint: Checkpoint, keep: KeepOptions): Promise<string> {
    await this.#session.check();
    await this.#metrics.sync();
    return saveCheckpoint(this.directory, checkpoint, keep);
  }

  /** Keeps a checkpoint that was saved as the best so far. @throws DcganError ERR_RUN_CHANGED, ERR_OUTPUT. */
  async keepBest(path: string): Promise<void> {
    await this.#session.check();
    await keepBest(this.directory, path);
  }

  /** The model that was kept so. @throws DcganError ERR_CHECKPOINT_…. */
  async readBest(): Promise<Checkpoint> {
    return (await bestCheckpoint(this.directory)).checkpoint;
  }

  /** The lines of metrics of the sessions before this one. */
  get metricsBefore(): readonly MetricsRow[] {
    return this.#metrics.before;
  }

  /** Records other options of the model, those in force from now on. @throws DcganError ERR_RUN_CHANGED, ERR_OUTPUT. */
  async changeModel(model: object): Promise<void> {
    await this.writeConfig({ ...(await readConfig(this.directory)), model });
  }

  /** Gives the run free. Never fails: training has ended by then, well or not. */
  async end(): Promise<void> {
    await this.#metrics.close();
    await this.#session.end();
  }
}
