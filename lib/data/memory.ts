import { DcganError } from '../errors.js';

/** The variable that says another number of bytes. */
const variable = 'DCGAN_DATA_MEMORY';

/**
 * Bytes of pixels that are taken into memory when training begins; more stay in a file. By default a third of what is free: the
 * core takes a copy of its own, and the networks need some too. @throws DcganError ERR_OPTION.
 */
export function pixelMemory(env: Readonly<Record<string, string | undefined>> = process.env): number {
  const given = env[variable];
  if (given === undefined || given === '') return process.availableMemory() / 3;
  if (/^\d+$/.test(given)) return Number(given);
  const said = `${variable} is wrong: a number of bytes, not '${given}'. Mend it, or unset it.`;
  throw new DcganError('ERR_OPTION', said, { value: given });
}
