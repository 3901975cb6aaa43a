const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `call` when the signal aborts; at once when it did already. However many wait for one signal, it has
 * one listener: more than ten make Node.js warn of a leak.
 * @returns what takes it back
 */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  if (signal.aborted) {
    call();
    return () => undefined;
  }
  const calls = waiting.get(signal) ?? listen(signal);
  calls.add(call);
  return () => calls.delete(call);
}

function listen(signal: AbortSignal): Set<() => void> {
  const calls = new Set<() => void>();
  waiting.set(signal, calls);
  signal.addEventListener(
    'abort',
    () => {
      for (const call of calls) call();
    },
    { once: true },
  );
  return calls;
}
