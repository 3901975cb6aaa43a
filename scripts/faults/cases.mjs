import { errorsOf } from './library.mjs';

/** Up to so many calls of an operation, each is tried with every error; of more, with one error after the other. */
export const few = 6;

/** What changes nothing on the disk leaves nothing when the process is killed at it. */
const killing = ['write', 'sync', 'rename', 'truncate', 'unlink', 'mkdir'];

/** A case as the report names it, and as `--case` takes it. */
export const nameOf = ({ operation, error, mode, nth }) => `${operation}:${error}:${mode}:${nth}`;

export function parseCase(text) {
  const [operation, error, mode, nth] = text.split(':');
  return { operation, error, mode, nth: Number(nth) };
}

/**
 * Series of cases: each is tried for N = 1, 2, … until nothing fails.
 * @param calls how often each operation is called when nothing fails
 */
export function seriesOf(calls, { operations, modes, allErrors }) {
  return operations.flatMap((operation) =>
    modes.flatMap((mode) => {
      const errors = errorsFor(operation, mode);
      if (errors.length === 0 || calls[operation] === 0) return [];
      const each = allErrors || calls[operation] <= few ? errors.map((error) => [error]) : [errors];
      return each.map((turns) => (nth) => ({ operation, error: turns[nth % turns.length], mode, nth }));
    }),
  );
}

/** About `count` cases, the same every time, over all operations, modes and calls. */
export function sampleOf(calls, options, count) {
  const series = seriesOf(calls, { ...options, allErrors: true });
  const every = Math.max(1, series.length / count);
  return Array.from({ length: Math.min(count, series.length) }, (_, i) => {
    const caseOf = series[Math.floor(i * every)];
    const last = calls[caseOf(1).operation];
    return caseOf(1 + Math.floor((((i + 1) * golden) % 1) * last));
  });
}

/** Its multiples, modulo 1, are spread evenly. */
const golden = (Math.sqrt(5) - 1) / 2;

function errorsFor(operation, mode) {
  if (mode === 'kill') return killing.includes(operation) ? ['EIO'] : [];
  // What a signal has interrupted libuv and Python try again, for ever if need be.
  return mode === 'for-good' ? errorsOf[operation].filter((error) => error !== 'EINTR') : errorsOf[operation];
}
