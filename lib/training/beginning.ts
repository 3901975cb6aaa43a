import type { Checkpoint } from '../checkpoint/checkpoint.js';
import { savedSource } from '../data/saved_source.js';
import { DcganError } from '../errors.js';
import { isGeneratorAlone } from '../network/state.js';
import type { ModelOptions } from '../options.js';
import { type LoadedCheckpoint, skippedNotices } from '../run/checkpoints.js';
import { isCurrent } from '../run/record.js';
import type { OpenedRun } from '../run/run.js';
import { locked } from '../run/sessions.js';
import type { LoadOptions, TrainerOptions } from './trainer_types.js';

/** Options that decide which tensors there are. */
const shaping = [
  'latentSize',
  'imageSize',
  'channels',
  'features',
  'conditional',
  'classes',
  'spectralNorm',
] as const satisfies readonly (keyof ModelOptions)[];

/** What a trainer begins with, where it goes on from something. */
export interface Beginning {
  readonly options: TrainerOptions;
  /** null for a model that has not been trained yet. */
  readonly restored: Checkpoint | null;
  readonly allowMismatch: boolean;
  /** What its first `fit` is to tell. */
  readonly notices: readonly string[];
}

/**
 * From a checkpoint; options that are given replace what it says.
 * @throws DcganError ERR_CHECKPOINT_MISMATCH when they make its weights unfit.
 */
export function fromCheckpoint(checkpoint: Checkpoint, options: LoadOptions): Beginning {
  const { allowMismatch = false, ...given } = options;
  for (const name of shaping) {
    const [wanted, there] = [given[name], checkpoint.options[name]];
    if (wanted === undefined || wanted === there) continue;
    const said = `The checkpoint's ${name} is ${there}, not ${wanted}: its weights are others. Leave ${name} out, or begin a new model.`;
    throw new DcganError('ERR_CHECKPOINT_MISMATCH', said, { value: wanted });
  }
  const merged = { ...checkpoint.options, data: savedSource(checkpoint.source), ...withoutUndefined(given) };
  return { options: merged, restored: checkpoint, allowMismatch, notices: [] };
}

/** The same from one that was read. @throws DcganError ERR_CHECKPOINT_MISMATCH, for a generator alone too. */
export function fromLoaded({ path, checkpoint, skipped }: LoadedCheckpoint, options: LoadOptions): Beginning {
  if (isGeneratorAlone(checkpoint.state)) {
    const said = `${path} holds a generator alone: it can draw images, and not be trained. Take a checkpoint of a run.`;
    throw new DcganError('ERR_CHECKPOINT_MISMATCH', said, { value: path });
  }
  return { ...fromCheckpoint(checkpoint, options), notices: skippedNotices(path, skipped) };
}

/**
 * From a run: its newest checkpoint, or its start where it has none yet, since its seed tells all that it had come to.
 * @throws DcganError ERR_CHECKPOINT_MISMATCH; where there is no checkpoint, ERR_RUN_LOCKED while the run is written, and
 * ERR_CHECKPOINT_NOT_FOUND when it was begun with another one.
 */
export function fromRun({ directory, config, latest, session }: OpenedRun, given: LoadOptions): Beginning {
  const { allowMismatch = false, ...options } = given;
  const data =
    typeof config.data === 'string'
      ? savedSource({ name: config.data, isOwn: config.dataIsOwn === true })
      : undefined;
  // What was asked for last, also where no checkpoint was made since.
  const inForce = isCurrent(config) ? Object(config.model) : {};
  if (latest) {
    return fromLoaded(latest, { data, ...inForce, ...withoutUndefined(options), allowMismatch });
  }
  if (session && !session.isOver) throw locked(directory, session);
  if ((session?.record?.task?.step ?? 0) > 0) {
    const said = `The run ${directory} was begun with another checkpoint and stopped before it had one of its own. Begin it once more with that one.`;
    throw new DcganError('ERR_CHECKPOINT_NOT_FOUND', said, { value: directory });
  }
  const merged = { data, ...Object(config.model), ...withoutUndefined(options) };
  return { options: merged, restored: null, allowMismatch, notices: [] };
}

function withoutUndefined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
