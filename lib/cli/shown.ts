import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { DcganError, systemCode } from '../errors.js';
import { isMissing } from '../files/missing.js';
import { readPicture } from '../image/decode.js';
import { unreadable } from '../run/record.js';
import { readSamples } from '../run/samples.js';
import { drawPicture, type PictureRoom } from '../terminal/draw_picture.js';
import { type ImageProtocol, imageProtocolOf } from '../terminal/image_protocol.js';
import { canRedraw } from '../terminal/live_line.js';
import { exitCodes } from './report.js';
import type { ShowFlags } from './show.js';
import { writeStdout } from './stdout.js';

/** Columns where there is no terminal that has some. */
const usualColumns = 80;

/** A picture that is to be shown. */
interface Shown {
  readonly path: string;
  readonly caption: string;
}

/**
 * Draws pictures on stdout, one below the other, each below its name, which goes to stderr.
 * @returns the exit status: 0, or that of a stdout whose reader went away
 * @throws DcganError ERR_OPTION, ERR_CHECKPOINT_…, ERR_DATA_…, ERR_OUTPUT.
 */
export async function runShow(sources: readonly string[], flags: ShowFlags): Promise<number> {
  const protocol = protocolMeant(flags.protocol);
  const room = roomFor(flags.width);
  try {
    for (const source of sources) {
      const { path, caption } = await pictureOf(source);
      const drawn = await drawPicture(await readPicture(path), protocol, room);
      process.stderr.write(`${caption}\n`);
      await writeStdout(`${drawn}\n`);
    }
    return 0;
  } catch (error) {
    if (error instanceof DcganError && systemCode(error.cause) === 'EPIPE') return exitCodes.pipeClosed;
    throw error;
  }
}

/** @throws DcganError ERR_OPTION where there is no terminal that could be known. */
function protocolMeant(protocol: ShowFlags['protocol']): ImageProtocol {
  if (protocol !== 'auto') return protocol;
  if (canRedraw(process.stdout)) return imageProtocolOf(process.env);
  const why = process.stdout.isTTY
    ? 'this terminal knows no escape sequences (TERM=dumb)'
    : 'stdout is no terminal';
  const said = `Option 'protocol' is wrong: ${why}, so that no picture would be seen. Open the file in another program, or name what will read this: blocks, kitty, iterm2 or sixel.`;
  throw new DcganError('ERR_OPTION', said, { value: protocol });
}

/** @throws DcganError ERR_OPTION for a width that is none. */
function roomFor(width: number | undefined): PictureRoom {
  const { isTTY, columns = usualColumns, rows = Number.POSITIVE_INFINITY } = process.stdout;
  // In the last column some terminals go on to the next row; the last row is for the prompt.
  if (width === undefined) return { columns: Math.max(1, columns - 1), rows: Math.max(1, rows - 1) };
  if (!Number.isSafeInteger(width) || width < 1) {
    const said = `Option 'width' is wrong: must be a whole number of at least 1, received ${width}.`;
    throw new DcganError('ERR_OPTION', said, { value: width });
  }
  return { columns: isTTY ? Math.min(width, columns) : width, rows: Number.POSITIVE_INFINITY };
}

/** @throws DcganError ERR_CHECKPOINT_… where it is no run, or none that can be read; ERR_DATA_NOT_FOUND where it has no picture. */
async function pictureOf(source: string): Promise<Shown> {
  if (await isPicture(source)) return { path: source, caption: source };
  const newest = (await readSamples(source)).samples.at(-1);
  if (newest) {
    const path = join(source, newest.file);
    return { path, caption: `${path}, of step ${newest.step}` };
  }
  const said = `The run ${source} has no sample picture yet. Train it for longer, or draw one: npx dcgan-native generate ${source}`;
  throw new DcganError('ERR_DATA_NOT_FOUND', said, { value: source });
}

/** Whether it is a file; of what is not there, whether its name is that of one. */
async function isPicture(source: string): Promise<boolean> {
  try {
    return !(await stat(source)).isDirectory();
  } catch (error) {
    if (!isMissing(error)) throw unreadable(source, error);
    return extname(source) !== '';
  }
}
