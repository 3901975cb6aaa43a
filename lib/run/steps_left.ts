import type { OpenedRun } from './run.js';

/** What a run of a version without sessions was asked for, by its `config.json`. */
interface LegacyFit {
  readonly epochs?: unknown;
  readonly steps?: unknown;
}

/**
 * Steps until a run has all that it was last asked for. Three things are counted: the **steps of the model** since its
 * first, which a checkpoint holds; the **steps of the run**, from where its last session began; and **epochs**, passes
 * over the data. What was asked for in epochs stays so when an epoch has another number of steps now.
 * @param step the model's step now
 * @param stepsPerEpoch of the data and the batch size now
 */
export function stepsLeft(
  { session, config, latest }: OpenedRun,
  step: number,
  stepsPerEpoch: number,
): number {
  const task =
    session?.record?.task ?? legacyTask(config.fit as LegacyFit | undefined, latest, stepsPerEpoch);
  const taken = step - task.step;
  const epochs = Math.round(((task.epochs ?? Infinity) - taken / task.stepsPerEpoch) * stepsPerEpoch);
  return Math.max(0, Math.min(epochs, (task.steps ?? Infinity) - taken));
}

function legacyTask({ epochs, steps }: LegacyFit = {}, latest: OpenedRun['latest'], stepsPerEpoch: number) {
  const { data, options } = latest?.checkpoint ?? {};
  const before = data && options ? Math.floor(data.count / options.batchSize) : stepsPerEpoch;
  return {
    step: 0,
    epochs: typeof epochs === 'number' ? epochs : 100,
    steps: typeof steps === 'number' ? steps : null,
    stepsPerEpoch: Math.max(1, before),
  };
}
