import { DcganError } from '../errors.js';

const mostSeeds = 100_000;

/** Reads `0-15` or `3,7,9-12`, in that order. @throws DcganError ERR_OPTION. */
export function parseSeeds(typed: string): number[] {
  const seeds: number[] = [];
  for (const part of typed.split(',')) {
    const [, from, to = from] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || last < first) {
      throw refused('must be whole numbers and ranges upwards, such as 0-15 or 3,7,9-12', typed);
    }
    if (seeds.length + last - first >= mostSeeds) {
      throw refused(`must be no more than ${mostSeeds} seeds`, typed);
    }
    for (let seed = first; seed <= last; seed++) seeds.push(seed);
  }
  return seeds;
}

function refused(wanted: string, typed: string): DcganError {
  return new DcganError(
    'ERR_OPTION',
    `Option 'seeds' is wrong: ${wanted}, received ${JSON.stringify(typed)}.`,
    {
      value: typed,
    },
  );
}
