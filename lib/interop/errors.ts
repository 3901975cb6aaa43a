import { DcganError, systemCode } from '../errors.js';

/** The ERR_IMPORT_FORMAT for the file at `path`, with the reason in words. */
export function importFormat(path: string, reason: string, cause?: unknown): DcganError {
  return new DcganError('ERR_IMPORT_FORMAT', `${path} cannot be imported: ${reason}.`, {
    value: path,
    cause,
  });
}

/** The ERR_IMPORT_FORMAT for a file operation on `path` that failed. */
export function unreadable(path: string, error: unknown): DcganError {
  if (error instanceof DcganError) return error;
  const missing = systemCode(error) === 'ENOENT';
  const reason = error instanceof Error ? error.message : String(error);
  return importFormat(path, missing ? 'there is no such file' : `it cannot be read (${reason})`, error);
}

/**
 * The ERR_IMPORT_MISMATCH for a file that holds another network.
 * @param what is other, such as "layer 'conv1' (Conv2D): strides"
 */
export function importMismatch(path: string, what: string, found: unknown, expected: unknown): DcganError {
  const said = `${path} holds another network: ${what} is ${show(found)}, not ${show(expected)}. Only the networks of docs/recipe.md can be imported.`;
  return new DcganError('ERR_IMPORT_MISMATCH', said, { value: found });
}

function show(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value).replaceAll(',', ', ');
}
