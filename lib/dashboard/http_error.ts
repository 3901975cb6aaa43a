import { DcganError } from '../errors.js';

/** Why a request gets no answer, as a status of HTTP and a sentence. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  constructor(
    readonly status: number,
    message: string,
    readonly code = 'ERR_REQUEST',
  ) {
    super(message);
  }
}

/** What a page is told of an error, and with which status. */
export function saidOf(error: unknown) {
  const { message } = error as Error;
  if (error instanceof HttpError) return { status: error.status, said: { code: error.code, message } };
  if (error instanceof DcganError) return { status: 422, said: { code: error.code, message } };
  return { status: 500, said: { code: 'ERR_INTERNAL', message } };
}
