import { DcganError } from '../errors.js';

/** Options that take a list of numbers. */
type ListOption = 'seeds' | 'labels' | 'only';

const mostSeeds = 100_000;

/**
 * Reads `0-15` or `3,7,9-12`, in that order.
 * @param option what is read
 * @throws DcganError ERR_OPTION.
 */
export function parseRanges(option: ListOption, typed: string): number[] {
  const seeds: number[] = [];
  for (const part of typed.split(',')) {
    const [, from, to = from] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || last < first) {
      throw refused(option, 'must be whole numbers and ranges upwards, such as 0-15 or 3,7,9-12', typed);
    }
    if (seeds.length + last - first >= mostSeeds) {
      throw refused(option, `must be no more than ${mostSeeds} numbers`, typed);
    }
    for (let seed = first; seed <= last; seed++) seeds.push(seed);
  }
  return seeds;
}

function refused(option: string, wanted: string, typed: string): DcganError {
  return new DcganError(
    'ERR_OPTION',
    `Option '${option}' is wrong: ${wanted}, received ${JSON.stringify(typed)}.`,
    {
      value: typed,
    },
  );
}
