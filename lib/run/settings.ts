import * as v from 'valibot';
import type { MetricsRow } from './metrics.js';
import { historyOf } from './record.js';

const rate = v.fallback(v.nullable(v.number()), null);

/** What of a model's options is drawn, or needed for it. */
const schema = v.object({
  batchSize: v.fallback(v.number(), 128),
  learningRate: v.fallback(v.number(), 1e-4),
  learningRateGenerator: rate,
  learningRateDiscriminator: rate,
  schedule: v.fallback(v.string(), 'constant'),
  scheduleSteps: rate,
  finalLearningRate: rate,
});

type Settings = v.InferOutput<typeof schema>;

/** Settings that are in force from a step on. */
interface Period {
  readonly from: number;
  readonly settings: Settings;
}

/** Something that changed the settings, and what they were before. */
interface Change {
  readonly session: number;
  readonly step: number;
  before(settings: Settings): Settings;
}

/** The settings of a run in their order: `config.json` has the last ones, and each change tells those before it. */
export class SettingsHistory {
  readonly #periods: readonly Period[];

  constructor(config: Readonly<Record<string, unknown>>, rows: readonly MetricsRow[]) {
    const periods: Period[] = [];
    let settings = settingsIn(Object(config.model));
    let until = Number.POSITIVE_INFINITY;
    for (const { step, before } of changesOf(config, rows).reverse()) {
      // A session that goes on from an earlier step takes back what was changed after it.
      if (step < until) periods.unshift({ from: step, settings });
      until = Math.min(until, step);
      settings = before(settings);
    }
    this.#periods = [{ from: 0, settings }, ...periods];
  }

  /** How many images the model has seen after so many steps. */
  imagesAfter(step: number): number {
    const counts = this.#periods.map(({ from, settings }, i) => {
      const end = Math.min(step, this.#periods[i + 1]?.from ?? step);
      return Math.max(0, end - from) * settings.batchSize;
    });
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** The learning rate of a network in the step that comes after so many, as `schedule.cpp` has it. */
  learningRate(network: 'Generator' | 'Discriminator', step: number): number {
    const { settings } = this.#periods.findLast(({ from }) => from <= step) ?? this.#periods[0]!;
    const { learningRate } = settings;
    return (settings[`learningRate${network}`] ?? learningRate) * shrunken(settings, step);
  }
}

/** By how much the rates are smaller than at the beginning: both shrink alike, also where they differ. */
function shrunken(
  { learningRate, schedule, scheduleSteps, finalLearningRate }: Settings,
  step: number,
): number {
  if (schedule !== 'cosine' || !scheduleSteps || finalLearningRate === null) return 1;
  const progress = Math.min(1, step / scheduleSteps);
  const last = finalLearningRate / learningRate;
  return last + ((1 - last) * (1 + Math.cos(Math.PI * progress))) / 2;
}

/** Whatever is no such option, or of another type, is as if it were not there. */
function settingsIn(options: object): Settings {
  return v.parse(schema, options);
}

/** What changed the settings of a run: that it was resumed with others, and that it went back to its best model. */
function changesOf(config: Readonly<Record<string, unknown>>, rows: readonly MetricsRow[]): Change[] {
  const resumed = historyOf(config).map(({ session, step, changed }): Change => {
    const earlier = Object.fromEntries(changed.map(({ option, from }) => [option, from]));
    return { session, step, before: (settings) => settingsIn({ ...settings, ...earlier }) };
  });
  const rollbacks = rows
    .filter(({ type }) => type === 'rollback')
    .map(({ session, step }): Change => ({ session: Number(session), step, before: doubled }));
  // Stable: a session begins before what happens in it.
  return [...resumed, ...rollbacks].sort((a, b) => a.session - b.session);
}

/** The rates before one went back to the best model, which halves them. */
function doubled(settings: Settings): Settings {
  const double = (value: number | null) => (value === null ? null : 2 * value);
  return {
    ...settings,
    learningRate: 2 * settings.learningRate,
    learningRateGenerator: double(settings.learningRateGenerator),
    learningRateDiscriminator: double(settings.learningRateDiscriminator),
  };
}
