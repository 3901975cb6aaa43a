/** Of the lines of each slot, so that no colour is needed to tell them apart. */
export const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3]];

/** The colours of the page as they are now, for what is drawn on a canvas. */
export function paletteNow() {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    runs: dashes.map((_, slot) => color(`run-${slot + 1}`)),
    faint: color('faint'),
    grid: color('grid'),
  };
}

/** Calls back when the reader's system turns dark or light. */
export function onPaletteChange(callback) {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', callback);
}
