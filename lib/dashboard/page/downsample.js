import { countUpTo } from './places.js';

/**
 * The points of a curve from `from` to `to`, with one more on either side. Where there are many, only the lowest and the
 * highest of each of about `parts` parts: what is drawn is the same, as both lie in the same column of pixels.
 * @returns the xs and the ys; no point is missing
 */
export function downsampled(xs, ys, [from, to], parts) {
  const first = Math.max(0, countUpTo(xs, from) - 1);
  const end = Math.min(xs.length, countUpTo(xs, to) + 1);
  const size = Math.ceil((end - first) / parts);
  if (size <= 2) return whole(xs, ys, first, end);
  const points = [[], []];
  // Parts begin at multiples of their size, so that a curve that grows does not flicker.
  for (let start = first - (first % size); start < end; start += size) {
    addExtremes(points, xs, ys, Math.max(first, start), Math.min(end, start + size));
  }
  return points;
}

function whole(xs, ys, first, end) {
  const points = [[], []];
  for (let i = first; i < end; i++) {
    if (!Number.isNaN(ys[i])) add(points, xs[i], ys[i]);
  }
  return points;
}

function addExtremes(points, xs, ys, first, end) {
  let [low, high] = [-1, -1];
  for (let i = first; i < end; i++) {
    if (Number.isNaN(ys[i])) continue;
    if (low < 0 || ys[i] < ys[low]) low = i;
    if (high < 0 || ys[i] > ys[high]) high = i;
  }
  if (low < 0) return;
  const [one, other] = low < high ? [low, high] : [high, low];
  add(points, xs[one], ys[one]);
  if (other !== one) add(points, xs[other], ys[other]);
}

function add([xs, ys], x, y) {
  // An x twice, as after a training went back a little, would be two points of one column.
  if (xs.at(-1) === x) return;
  xs.push(x);
  ys.push(y);
}
