import { DcganError } from '../errors.js';

/** The variables of a process. One that is empty counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A number of this process, and the name of the variable or option that says it. */
export interface Told {
  readonly name: string;
  readonly value: number;
}

/** Which process this is, from 0, and how many there are. */
export interface Numbers {
  readonly rank: Told;
  readonly worldSize: Told;
}

/** Where processes meet. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** The ERR_PARALLEL of a process that was told what cannot be. @param value the variables or options that say so */
export function refused(said: string, value?: unknown): DcganError {
  return new DcganError('ERR_PARALLEL', said, { value });
}

/** As messages name a number and who says it: `RANK=1`. */
export const named = ({ name, value }: Told): string => `${name}=${value}`;

/** A whole number that is written out. @throws DcganError ERR_PARALLEL. */
export function wholeNumber(name: string, text: string, least = 0, most = 999_999_999): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (value >= least && value <= most) return value;
  const said = `${name}=${text} is wrong: it must be a whole number from ${least} to ${most}.`;
  throw refused(said, text);
}

/** The number that a variable holds; null where it is not set. @throws DcganError ERR_PARALLEL. */
export function numberOf(env: Environment, name: string, least = 0, most?: number): Told | null {
  const text = env[name];
  return text ? { name, value: wholeNumber(name, text, least, most) } : null;
}

/**
 * Rank and size that two variables hold; null where neither is set, or there is a single process, which needs no rank.
 * @throws DcganError ERR_PARALLEL where only one is, or both contradict each other.
 */
export function numbersOf(env: Environment, rankName: string, sizeName: string): Numbers | null {
  const rank = numberOf(env, rankName);
  const worldSize = numberOf(env, sizeName, 1);
  if (rank && worldSize) return checkRank({ rank, worldSize });
  const only = rank ?? worldSize;
  if (!only || (!rank && only.value === 1)) return null;
  const missing = rank ? sizeName : rankName;
  throw refused(`${named(only)} is set, and ${missing} is not. Set both, or neither to train alone.`, only);
}

/** Gives back numbers that can be. @throws DcganError ERR_PARALLEL for others. */
export function checkRank(numbers: Numbers): Numbers {
  const { rank, worldSize } = numbers;
  if (rank.value < worldSize.value) return numbers;
  const said = `${named(rank)} and ${named(worldSize)} contradict each other: of ${worldSize.value} processes the first is 0 and the last ${worldSize.value - 1}. Give each its own number.`;
  throw refused(said, numbers);
}

/** Refuses two that tell one number differently. @param remedy what to do then. @throws DcganError ERR_PARALLEL. */
export function checkSame(one: Told, other: Told, remedy: string): void {
  if (one.value === other.value) return;
  throw refused(`${named(one)} and ${named(other)} contradict each other. ${remedy}`, { one, other });
}

/** What MASTER_ADDR and MASTER_PORT say, as far as they are set. @throws DcganError ERR_PARALLEL for no port. */
export function masterOf(env: Environment): Partial<Endpoint> {
  const port = numberOf(env, 'MASTER_PORT', 1, 65_535);
  return { ...(env.MASTER_ADDR && { host: env.MASTER_ADDR }), ...(port && { port: port.value }) };
}
