import { DcganError, type ErrorCode, errorCodes, systemCode } from '../errors.js';

const known: ReadonlySet<string> = new Set(errorCodes);

/** An error that native code made, as a `DcganError`; any other error as it is. */
export function fromNative(error: unknown): unknown {
  if (error instanceof DcganError) return error;
  const code = systemCode(error);
  if (!known.has(code)) return error;
  return new DcganError(code as ErrorCode, (error as Error).message, { cause: error });
}

/** Awaits a native call, whose errors become `DcganError`s. */
export async function native<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw fromNative(error);
  }
}
