import { axes } from './format.js';

/** How many runs are shown at once. */
export const slotCount = 4;

const usual = { tab: 'training', axis: 'step', smoothing: 0.9, at: null, zoom: null, cell: null };

/**
 * What the reader has chosen. Each shown run has a slot, and keeps its colour for as long as it is shown; `at` is where the
 * slider is, null at the end, wherever that goes.
 */
export function viewFrom(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const ids = (given.get('runs') ?? '').split(',');
  const axis = given.get('axis');
  const smoothing = numberIn(given.get('smooth')) ?? usual.smoothing;
  const [from, to] = (given.get('zoom') ?? '').split('~').map(numberIn);
  return {
    tab: given.get('tab') === 'latents' ? 'latents' : usual.tab,
    slots: Array.from({ length: slotCount }, (_, i) => ids[i] || null),
    axis: Object.hasOwn(axes, axis) ? axis : usual.axis,
    smoothing: Math.min(0.999, Math.max(0, smoothing)),
    at: numberIn(given.get('at')),
    zoom: isNumber(from) && isNumber(to) && from < to ? [from, to] : null,
    cell: numberIn(given.get('cell')),
  };
}

/** The hash that `viewFrom` reads; what is as usual is left out. */
export function hashOf({ tab, slots, axis, smoothing, at, zoom, cell }) {
  const told = { runs: slots.join(',').replace(/,+$/, '') };
  if (tab !== usual.tab) told.tab = tab;
  if (axis !== usual.axis) told.axis = axis;
  if (smoothing !== usual.smoothing) told.smooth = smoothing;
  if (at !== null) told.at = at;
  if (zoom !== null) told.zoom = zoom.join('~');
  if (cell !== null) told.cell = cell;
  return `#${Object.entries(told)
    .map((entry) => entry.join('='))
    .join('&')}`;
}

/** The slots when a run is shown too, or no more; the same where all are taken. */
export function toggled(slots, id) {
  const slot = slots.indexOf(slots.includes(id) ? id : null);
  return slots.map((other, i) => (i !== slot ? other : other === id ? null : id));
}

/** The slots when only one run is shown: one that is already shown keeps its colour. */
export function only(slots, id) {
  const slot = Math.max(0, slots.indexOf(id));
  return slots.map((_, i) => (i === slot ? id : null));
}

/** The newest run that runs, else the newest of all that can be read. @param runs the newest first */
export function firstChoice(runs) {
  const readable = runs.find(({ problem, rows }) => problem === null || rows > 0);
  return runs.find(({ state }) => state === 'running') ?? readable ?? runs[0];
}

function numberIn(text) {
  const value = text ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}

const isNumber = (value) => typeof value === 'number';
