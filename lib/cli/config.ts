import { readFile } from 'node:fs/promises';
import { DcganError } from '../errors.js';

/** The parts of a run's `config.json` that repeat it; the API checks what is in them. */
export interface RunConfig {
  /** Options of the model. */
  readonly model: Readonly<Record<string, unknown>>;
  /** Options of `fit`, and `epochs`. */
  readonly fit: Readonly<Record<string, unknown>> & { readonly epochs?: number; readonly steps?: number };
  /** What it trained on. */
  readonly data?: string;
}

export const emptyConfig: RunConfig = { model: {}, fit: {} };

/** Reads a `config.json`. @throws DcganError ERR_OPTION when it is none. */
export async function readConfig(path: string): Promise<RunConfig> {
  const content = await readFile(path, 'utf8').catch((cause: Error) => {
    throw refused(path, `it cannot be read (${cause.message})`, cause);
  });
  try {
    return configOf(JSON.parse(content));
  } catch (cause) {
    throw refused(path, 'it is not JSON', cause);
  }
}

/** Takes what repeats a run out of its config; parts that are not there are empty. */
export function configOf(config: unknown): RunConfig {
  const { model, fit, data } = Object(config) as Record<string, unknown>;
  return { model: Object(model), fit: Object(fit), data: typeof data === 'string' ? data : undefined };
}

function refused(path: string, why: string, cause: unknown): DcganError {
  const said = `Option 'config' is wrong: ${path} cannot be used, because ${why}. Name the config.json of a run.`;
  return new DcganError('ERR_OPTION', said, { value: path, cause });
}
