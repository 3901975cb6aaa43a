/**
 * Every code that a `DcganError` can carry. Codes are stable: they are part of the public interface and each has
 * an entry with its cause and its remedy in `docs/errors.md`.
 */
export const errorCodes = [
  'ERR_OPTION',
  'ERR_USAGE',
  'ERR_DATA_NOT_FOUND',
  'ERR_DATA_FORMAT',
  'ERR_DATA_SHAPE',
  'ERR_DATA_TOO_FEW',
  'ERR_DATA_MISMATCH',
  'ERR_LABELS',
  'ERR_CHECKPOINT_NOT_FOUND',
  'ERR_CHECKPOINT_READ',
  'ERR_CHECKPOINT_FORMAT',
  'ERR_CHECKPOINT_DIGEST',
  'ERR_CHECKPOINT_MISMATCH',
  'ERR_IMPORT_FORMAT',
  'ERR_IMPORT_MISMATCH',
  'ERR_OUTPUT',
  'ERR_OUTPUT_EXISTS',
  'ERR_RUN_LOCKED',
  'ERR_RUN_CHANGED',
  'ERR_DEVICE',
  'ERR_OUT_OF_MEMORY',
  'ERR_THREADS',
  'ERR_PARALLEL',
  'ERR_DIVERGED',
  'ERR_COLLAPSED',
  'ERR_BUSY',
  'ERR_DISPOSED',
  'ERR_FEATURES',
  'ERR_LATENTS',
  'ERR_MASK',
  'ERR_SHAPE',
  'ERR_VALUE',
  'ERR_LIBTORCH_NOT_FOUND',
  'ERR_LIBTORCH_VERSION',
  'ERR_LIBTORCH_ARCHITECTURE',
  'ERR_LIBTORCH_DEPENDENCY',
  'ERR_LIBTORCH_SYSTEM',
  'ERR_LIBTORCH_LOAD',
  'ERR_ADDON_NOT_FOUND',
  'ERR_SETUP',
  'ERR_NATIVE',
  'ERR_INTERNAL',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/**
 * The one error class of this package: a stable `code`, a sentence that says what to do, the value that was wrong.
 * @example
 * await trainer.fit(1).catch((error) => {
 *   if (!(error instanceof DcganError) || error.code !== 'ERR_DIVERGED') throw error;
 * });
 */
export class DcganError extends Error {
  override readonly name = 'DcganError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: { readonly value?: unknown; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.value = options.value;
  }

  /** The value that was refused, where there was one. */
  readonly value: unknown;
}

/** The system's error code (`ENOENT`, `ENOSPC`, …) of a file operation that failed, or '' for any other error. */
export function systemCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
