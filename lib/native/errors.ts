import { DcganError, type ErrorCode, errorCodes, systemCode } from '../errors.js';

const known: ReadonlySet<string> = new Set(errorCodes);

/** An error that native code made, as a `DcganError`; any other error as it is. */
export function fromNative(error: unknown): unknown {
  if (error instanceof DcganError) return error;
  // Where there was no memory for the object itself, node-addon-api passes on what C++ said.
  const outOfMemory = (error as Error)?.message === 'std::bad_alloc';
  const code = outOfMemory ? 'ERR_OUT_OF_MEMORY' : systemCode(error);
  if (!known.has(code)) return error;
  const said = outOfMemory
    ? 'Memory ran out. Use a smaller batchSize, or free memory.'
    : (error as Error).message;
  return new DcganError(code as ErrorCode, said, { cause: error });
}

/** A native call that answers at once; its errors become `DcganError`s. */
export function nativeNow<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw fromNative(error);
  }
}

/** Awaits a native call, whose errors become `DcganError`s. */
export async function native<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw fromNative(error);
  }
}
