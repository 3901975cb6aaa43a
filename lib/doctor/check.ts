/** What one look at the system gave. */
export interface Check {
  readonly name: string;
  /** `failed`: training cannot work. `warning`: it works, and something could be better. `info`: no judgement. */
  readonly verdict: 'ok' | 'info' | 'warning' | 'failed';
  readonly detail: string;
  /** What to do; with every warning and failure. */
  readonly remedy?: string;
  /** The code that an error of it would have. */
  readonly code?: string;
}

/** Whether version `a` is at least `b`; each of numbers and dots. */
export function atLeast(a: string, b: string): boolean {
  return a.localeCompare(b, 'en', { numeric: true }) >= 0;
}
