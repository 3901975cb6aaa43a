/** How many of some things, whose numbers rise, have one that is not above another. */
export function countUpTo(things, most, numberOf = (thing) => thing) {
  let [low, high] = [0, things.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numberOf(things[middle]) <= most) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last of some things that lies at or before a position on an axis; undefined where none does. */
export function newestAt(things, axis, at) {
  return things[countUpTo(things, at, (thing) => thing[axis]) - 1];
}

/** Where the axis of a run begins and ends. */
export function extentOf({ summary, data }, axis) {
  const along = data.curves.get(axis);
  const last = [along.at(-1), data.details?.samples.at(-1)?.[axis], data.details?.evaluations.at(-1)?.[axis]];
  const first = summary.begun === 0 ? 0 : axis === 'step' ? summary.begun : (along[0] ?? 0);
  return [first, Math.max(first, ...last.filter((value) => value !== undefined))];
}

/** A position on one axis of a run as one on another, evenly between its rows. */
export function converted({ curves }, at, from, to) {
  const [given, wanted] = [curves.get(from), curves.get(to)];
  const after = countUpTo(given, at);
  if (after === given.length) return wanted.at(-1) ?? 0;
  const [x0, y0] = after === 0 ? [0, 0] : [given[after - 1], wanted[after - 1]];
  const part = (at - x0) / (given[after] - x0);
  return y0 + Math.max(0, part) * (wanted[after] - y0);
}
