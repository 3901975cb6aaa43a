import type { Drawing } from './drawing.js';

/** How a run is drawn. */
export interface Style {
  readonly color: string;
  /** The outline of its mark, about its centre, which tells it apart without colours. */
  readonly mark: string;
}

/** Of axes and names. */
export const ink = '#111827';

/** On white each has enough contrast; in grey neighbours are of another brightness. */
const colors = ['#1d4ed8', '#e07b00', '#0f766e', '#d6337c', '#4c1d95', '#6b8e00', '#7f1d1d'];

/** Square pixels. */
const markArea = 36;

/** Colours and marks come again at different times, so that many runs differ. */
export function styleOf(run: number, drawing: Drawing): Style {
  const { symbol, marks } = drawing;
  return {
    color: colors[run % colors.length]!,
    mark: symbol(marks[run % marks.length]!, markArea).digits(1)()!,
  };
}
