/** What a request asks for. */
export interface DigitsQuery {
  /** The same seed draws the same digits. */
  readonly seed: number;
  /** How many digits. */
  readonly count: number;
}

/** A request that asks for something that is not there to be had; the message says what is. */
export class BadRequest extends Error {}

const limits = {
  seed: { least: 0, most: Number.MAX_SAFE_INTEGER, absent: 0 },
  // What fits one pass through the network: one caller cannot keep the others waiting for long.
  count: { least: 1, most: 256, absent: 16 },
} as const;

/** Reads the parameters of `/digits.png`. @throws BadRequest for one that is unknown, repeated or out of range. */
export function parseQuery(parameters: URLSearchParams): DigitsQuery {
  for (const name of parameters.keys()) {
    // Not `in`: there are names, such as toString, that every object has.
    if (!Object.hasOwn(limits, name))
      throw new BadRequest(`There is no parameter '${name}'. There are: seed, count.`);
    if (parameters.getAll(name).length > 1) throw new BadRequest(`Parameter '${name}' was given twice.`);
  }
  return { seed: wholeNumber(parameters, 'seed'), count: wholeNumber(parameters, 'count') };
}

function wholeNumber(parameters: URLSearchParams, name: keyof typeof limits): number {
  const { least, most, absent } = limits[name];
  const text = parameters.get(name);
  if (text === null) return absent;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new BadRequest(`Parameter '${name}' must be a whole number from ${least} to ${most}, not '${text}'.`);
}
