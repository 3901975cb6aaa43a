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
