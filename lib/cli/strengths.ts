import { DcganError } from '../errors.js';

/** Strengths of a range, where that was not said: whole numbers of −3..3. */
const usualSteps = 7;

/**
 * Reads `2`, `-3,0,3` or a range `-3..3`, of which `steps` numbers at equal distances are taken, both ends among them.
 * @throws DcganError ERR_OPTION.
 */
export function parseStrengths(typed: string, steps = usualSteps): number[] {
  const [, from, to] = /^\s*(\S+?)\s*\.\.\s*(\S+)\s*$/.exec(typed) ?? [];
  if (from === undefined) return typed.split(',').map((part) => number(part, typed));
  if (!Number.isSafeInteger(steps) || steps < 2) {
    const said = `Option 'steps' is wrong: a range has at least 2, its ends, received ${steps}.`;
    throw new DcganError('ERR_OPTION', said, { value: steps });
  }
  const [first, last] = [number(from, typed), number(to!, typed)];
  return Array.from({ length: steps }, (_, i) => first + ((last - first) * i) / (steps - 1));
}

function number(part: string, typed: string): number {
  const value = Number(part);
  if (part.trim() !== '' && Number.isFinite(value)) return value;
  const said = `Option 'strength' is wrong: must be a number, several such as -3,0,3 or a range such as -3..3, received ${JSON.stringify(typed)}.`;
  throw new DcganError('ERR_OPTION', said, { value: typed });
}
