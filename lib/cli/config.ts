import { readFile } from 'node:fs/promises';
import { DcganError } from '../errors.js';
import { historyOf } from '../run/record.js';

/** The parts of a run's `config.json` that repeat it; the API checks what is in them. */
export interface RunConfig {
  /** Options of the model. */
  readonly model: Readonly<Record<string, unknown>>;
  /** Options of `fit`, and `epochs`. */
  readonly fit: Readonly<Record<string, unknown>> & { readonly epochs?: number; readonly steps?: number };
  /** What it trained on. */
  readonly data?: string;
  /** What a program called its own images, where it trained on such: no name leads to them. */
  readonly ownData?: string;
  /** What is to be known of it: that its settings changed on the way, for one. */
  readonly notices: readonly string[];
}

export const emptyConfig: RunConfig = { model: {}, fit: {}, notices: [] };

/** What decides where and how fast it is computed, and hardly what comes out. */
const incidental: ReadonlySet<string> = new Set(['dcganNative', 'libtorch', 'node', 'device', 'threads']);

/** Reads a `config.json`. @throws DcganError ERR_OPTION when it is none. */
export async function readConfig(path: string): Promise<RunConfig> {
  const content = await readFile(path, 'utf8').catch((cause: Error) => {
    throw refused(path, `it cannot be read (${cause.message})`, cause);
  });
  try {
    return configOf(JSON.parse(content) as unknown);
  } catch (cause) {
    if (cause instanceof DcganError) throw cause;
    throw refused(path, 'it is not JSON', cause);
  }
}

/** Takes what repeats a run out of its config; parts that are not there are empty. */
export function configOf(config: unknown): RunConfig {
  const record = Object(config) as Record<string, unknown>;
  const { model, fit, data } = record;
  return {
    model: Object(model),
    fit: Object(fit),
    ...(typeof data === 'string' && { [record.dataIsOwn === true ? 'ownData' : 'data']: data }),
    notices: changeNotices(record),
  };
}

/** One run that went on with other settings cannot be repeated as a whole. */
function changeNotices(record: Readonly<Record<string, unknown>>): string[] {
  return historyOf(record).flatMap(({ step, changed }) => {
    const names = changed.map(({ option }) => option).filter((option) => !incidental.has(option));
    if (names.length === 0) return [];
    return [
      `The run went on with other settings at step ${step} (${names.join(', ')}); its last ones are repeated.`,
    ];
  });
}

function refused(path: string, why: string, cause: unknown): DcganError {
  const said = `Option 'config' is wrong: ${path} cannot be used, because ${why}. Name the config.json of a run.`;
  return new DcganError('ERR_OPTION', said, { value: path, cause });
}
