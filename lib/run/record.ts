import { join } from 'node:path';
import { DcganError } from '../errors.js';
import { isMissing } from '../files/missing.js';
import { readRegularText } from '../files/regular.js';
import type { SessionTask } from './sessions.js';

/** What a `fit` has in force. */
export interface RunSettings {
  readonly versions: Readonly<Record<string, unknown>>;
  /** The named set of options that the model's began with, where one was. */
  readonly preset?: string;
  /** Options of the model. */
  readonly model: object;
  /** What it trains on, and the SHA-256 of the pixels. */
  readonly data: string;
  /** Whether these are a program's own images, which `data` only names. */
  readonly dataIsOwn: boolean;
  readonly dataSha256: string;
  /** Options of the `fit`, but for how long it trains. */
  readonly fit: object;
}

/** One `fit` of a run. */
export interface HistoryEntry {
  readonly session: number;
  /** ISO 8601. */
  readonly started: string;
  /** The model's step before its first. */
  readonly step: number;
  readonly asked: Amount;
  /** What was another before; of the first session nothing. */
  readonly changed: readonly Change[];
}

interface Change {
  readonly option: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** How long to train: whichever ends first. */
export interface Amount {
  readonly epochs?: number;
  readonly steps?: number;
}

/**
 * `config.json`, the one record of a run: the settings in force since its newest session, how long it is to train from its
 * beginning on, and how it came to be. Each session replaces it.
 */
export interface RunRecord extends RunSettings {
  readonly fit: object & Amount;
  /** The model's step before the first of this run. */
  readonly begun: number;
  readonly history: readonly HistoryEntry[];
}

/** The session that begins. */
export interface NewSession {
  readonly number: number;
  readonly started: string;
  readonly task: SessionTask;
}

/** The record of a run whose next session begins. @param previous the `config.json` that is there; null for a new run */
export function nextRecord(
  previous: Readonly<Record<string, unknown>> | null,
  settings: RunSettings,
  { number, started, task }: NewSession,
): RunRecord {
  // Runs of earlier versions do not say where they began.
  const begun = previous === null ? task.step : typeof previous.begun === 'number' ? previous.begun : 0;
  const entry: HistoryEntry = {
    session: number,
    started,
    step: task.step,
    asked: amountOf(task),
    changed: previous === null ? [] : changes(previous, settings),
  };
  const preset = settings.preset ?? previous?.preset;
  return {
    ...settings,
    ...(typeof preset === 'string' && { preset }),
    fit: { ...wholeAmount(task, begun), ...settings.fit },
    begun,
    history: [...historyOf(previous), entry],
  };
}

/** The sessions that a `config.json` tells of; none in one of an earlier version. */
export function historyOf(config: Readonly<Record<string, unknown>> | null): readonly HistoryEntry[] {
  return Array.isArray(config?.history) ? config.history : [];
}

/** Whether a `config.json` has the settings of the newest session; earlier versions left it as it was when the run was begun. */
export function isCurrent(config: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(config.history);
}

function amountOf({ epochs, steps }: Pick<SessionTask, 'epochs' | 'steps'>): Amount {
  return { ...(epochs !== null && { epochs }), ...(steps !== null && { steps }) };
}

/** Steps of so many epochs, or so many, whichever are fewer; Infinity where neither is said. */
export function stepsOf({ epochs = Infinity, steps = Infinity }: Amount, stepsPerEpoch: number): number {
  return Math.min(epochs * stepsPerEpoch, steps);
}

/** How long a run is to train from its beginning on, in epochs where that is a number of whole ones. */
function wholeAmount({ step, epochs, steps, stepsPerEpoch }: SessionTask, begun: number): Amount {
  if (step === begun) return amountOf({ epochs, steps });
  const asked = stepsOf(amountOf({ epochs, steps }), stepsPerEpoch);
  const all = step - begun + asked;
  return all % stepsPerEpoch === 0 ? { epochs: all / stepsPerEpoch } : { steps: all };
}

function changes(previous: Readonly<Record<string, unknown>>, settings: RunSettings): Change[] {
  const before = flat(previous);
  return Object.entries(flat({ ...settings }))
    .filter(([option, to]) => JSON.stringify(before[option]) !== JSON.stringify(to))
    .map(([option, to]) => ({ option, from: before[option], to }));
}

function flat({ versions, model, data, dataSha256, fit }: Readonly<Record<string, unknown>>) {
  const { epochs, steps, ...kept } = Object(fit) as Record<string, unknown>;
  return { ...Object(versions), ...Object(model), data, dataSha256, ...kept } as Record<string, unknown>;
}

/** What `config.json` says. @throws DcganError ERR_CHECKPOINT_NOT_FOUND, ERR_CHECKPOINT_READ, ERR_CHECKPOINT_FORMAT. */
export async function readConfig(directory: string): Promise<Readonly<Record<string, unknown>>> {
  const path = join(directory, 'config.json');
  const text = await readRegularText(path).catch((cause: unknown) => {
    if (!isMissing(cause)) throw unreadable(path, cause);
    const said = `There is no run in ${directory}: it holds no config.json. Name the directory of a run.`;
    throw new DcganError('ERR_CHECKPOINT_NOT_FOUND', said, { value: directory, cause });
  });
  try {
    const config: unknown = JSON.parse(text);
    if (typeof config === 'object' && config !== null) return config as Readonly<Record<string, unknown>>;
  } catch {
    // Said below, as for JSON that is no object.
  }
  const said = `${path} is not a JSON object. Repair it, or start another run.`;
  throw new DcganError('ERR_CHECKPOINT_FORMAT', said, { value: path });
}

/** Of a run. */
export function unreadable(path: string, cause: unknown): DcganError {
  const said = `${path} cannot be read: ${(cause as Error).message}.`;
  return new DcganError('ERR_CHECKPOINT_READ', said, { value: path, cause });
}
