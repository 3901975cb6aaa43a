import type { Checkpoint } from '../checkpoint/checkpoint.js';
import { DcganError } from '../errors.js';
import type { EvaluationReport } from '../evaluation/report.js';
import type { ModelOptions } from '../options.js';
import type { MetricsRow } from '../run/metrics.js';
import type { RunWriter } from '../run/writer.js';
import type { EpochCount } from './epoch_count.js';
import type { EvaluationEvent, RollbackEvent, StepEvent, TrainEvent, WatchdogEvent } from './events.js';
import type { ResolvedFitOptions } from './fit_options.js';
import { type Alarm, Watchdog } from './watchdog.js';

/** What a supervision needs of the model that is trained. */
export interface SupervisedModel {
  readonly step: number;
  readonly epochs: EpochCount;
  readonly options: ModelOptions;
  /** Loads what an evaluation needs. */
  prepareEvaluation(): Promise<void>;
  evaluate(): Promise<EvaluationReport>;
  checkpoint(): Promise<Checkpoint>;
  /** Takes the weights and moments of a checkpoint, goes on from its own step, with half the rate: that is returned. */
  goBackTo(checkpoint: Checkpoint): Promise<number>;
}

/** How a supervision tells of what it does: into the metrics of the run, and to whoever listens. */
export type Tell = (event: EvaluationEvent | WatchdogEvent | RollbackEvent) => Promise<void>;

/**
 * Evaluates a training now and then, keeps the best model, and acts when something is wrong with it: it tells, stops, or goes
 * back to the best. What it decides follows from the events alone, which a resumed run replays.
 */
export class Supervision {
  readonly #watchdog: Watchdog;
  #rollbacks = 0;
  /** Where nothing is written, the best model is held here. */
  #best: Checkpoint | null = null;

  constructor(
    private readonly model: SupervisedModel,
    private readonly run: RunWriter | null,
    private readonly options: ResolvedFitOptions,
    private readonly tell: Tell,
    /** Saves the model as it is now; gives the path, null where nothing is written. */
    private readonly save: () => Promise<string | null>,
    history: readonly MetricsRow[],
  ) {
    this.#watchdog = new Watchdog(model.options);
    for (const row of history) this.#replay(row as unknown as TrainEvent);
  }

  #replay(event: TrainEvent): void {
    if (event.type === 'step') this.#watchdog.sees(event);
    else if (isEvaluation(event)) this.#watchdog.judges(event);
    else if (event.type === 'rollback') {
      this.#watchdog.goesBack();
      this.#rollbacks++;
    }
  }

  /** Before the first step: what is missing for an evaluation is said at once. */
  async begin(): Promise<void> {
    if (this.options.evaluateEvery > 0) await this.model.prepareEvaluation();
  }

  /** After a row of losses. @throws DcganError ERR_COLLAPSED. */
  async sees(row: StepEvent): Promise<void> {
    const alarm = this.#watchdog.sees(row);
    if (alarm) await this.#act(alarm);
  }

  /** After an epoch. @throws DcganError ERR_COLLAPSED, those of an evaluation. */
  async endsEpoch(): Promise<void> {
    const { evaluateEvery } = this.options;
    const { step, epochs } = this.model;
    if (evaluateEvery === 0 || epochs.of(step) % evaluateEvery !== 0) return;
    const report = await this.model.evaluate().catch(async (error: unknown) => {
      // What is drawn may be no numbers although no step has failed yet.
      if (await this.survives(error)) return null;
      throw error;
    });
    if (report === null) return;
    const { figures, variety, seconds, samples, features } = report;
    const best = this.#watchdog.best;
    const evaluation: EvaluationEvent = {
      type: 'evaluation',
      step,
      epoch: epochs.of(step),
      figures,
      variety,
      samples,
      features,
      seconds,
    };
    const alarm = this.#watchdog.judges(evaluation);
    await this.tell(evaluation);
    if (this.#watchdog.best !== best) await this.#keep();
    if (alarm) await this.#act(alarm);
  }

  /** When steps failed, or an evaluation. @returns whether training can go on; else the error is to be thrown */
  async survives(error: unknown): Promise<boolean> {
    if (!(error instanceof DcganError && error.code === 'ERR_DIVERGED')) return false;
    await this.#alarm({ kind: 'not-finite', seen: error.message, advice: 'a smaller learning rate' });
    if (this.options.onCollapse !== 'rollback' || !this.#hasBest) return false;
    await this.#goBack(error.message);
    return true;
  }

  async #keep(): Promise<void> {
    const path = await this.save();
    if (this.run && path !== null) await this.run.keepBest(path);
    else if (this.options.onCollapse === 'rollback') this.#best = await this.model.checkpoint();
  }

  async #alarm(alarm: Alarm): Promise<void> {
    const { step, epochs } = this.model;
    await this.tell({ type: 'watchdog', step, epoch: epochs.of(step), ...alarm });
  }

  async #act(alarm: Alarm): Promise<void> {
    await this.#alarm(alarm);
    const { onCollapse } = this.options;
    if (alarm.kind === 'no-progress' || onCollapse === 'ignore') return;
    if (onCollapse === 'stop')
      throw collapsed(`${sentence(alarm.seen)} Training has stopped; try ${alarm.advice}.`);
    if (!this.#hasBest)
      throw collapsed(`${sentence(alarm.seen)} There is no better model to go back to; try ${alarm.advice}.`);
    await this.#goBack(alarm.seen);
  }

  get #hasBest(): boolean {
    return this.#watchdog.best !== null && (this.#best !== null || this.run !== null);
  }

  async #goBack(seen: string): Promise<void> {
    const { rollbacks } = this.options;
    if (this.#rollbacks >= rollbacks) {
      const tried = `Going back ${rollbacks === 1 ? 'once' : `${rollbacks} times`} has not helped`;
      throw collapsed(`${sentence(seen)} ${tried}: train with other options, a smaller learning rate first.`);
    }
    const checkpoint = this.#best ?? (await this.run!.readBest());
    const learningRate = await this.model.goBackTo(checkpoint);
    this.#rollbacks++;
    this.#watchdog.goesBack();
    const { step, epochs } = this.model;
    await this.tell({
      type: 'rollback',
      step,
      epoch: epochs.of(step),
      to: checkpoint.step,
      learningRate,
      number: this.#rollbacks,
      of: rollbacks,
    });
    await this.run?.changeModel(this.model.options);
    // Whoever resumes goes on from here, not from what has collapsed.
    await this.save();
  }
}

/** Whether an event is one, and whole: lines of metrics may have been changed by hand. */
function isEvaluation(event: TrainEvent): event is EvaluationEvent {
  if (event.type !== 'evaluation') return false;
  const { fid, recall } = Object(event.figures) as Partial<EvaluationEvent['figures']>;
  return [event.step, event.variety, fid?.value, recall?.value].every(Number.isFinite);
}

function collapsed(said: string): DcganError {
  return new DcganError('ERR_COLLAPSED', said);
}

/** What was seen, as a sentence. */
const sentence = (seen: string) => `${seen.charAt(0).toUpperCase()}${seen.slice(1).replace(/\.$/, '')}.`;
