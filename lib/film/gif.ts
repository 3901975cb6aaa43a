import { DcganError } from '../errors.js';
import type { Picture } from '../image/grid.js';
import { loadSharp } from '../image/png.js';
import { checkSides, delays, type Film, FilmParts } from './film.js';

/** Pixels of a side. */
const most = 65535;
/** Of 10: more costs four times as long, for a file that is a tenth smaller. */
const effort = 4;
/** Seconds in which GIF counts, in 16 bits. */
const unit = 1 / 100;
const longest = 2 ** 16 - 1;

/**
 * A GIF, of 256 colours in each picture: https://www.w3.org/Graphics/GIF/spec-gif89a.txt. One picture at a time is in memory, and what was
 * encoded of those before it: each is a GIF of its own, of whose image the file has a frame.
 * @throws DcganError ERR_SHAPE when it is too large; ERR_SETUP without the encoder.
 */
export async function encodeGif(film: Film): Promise<Buffer> {
  checkSides(film, most);
  const { width, height, seconds, pictures } = film;
  const delay = delays(seconds, unit);
  // Without colours of its own: each frame has them.
  const screen = Buffer.concat([uint16(width), uint16(height), Buffer.from([0x70, 0, 0])]);
  // Netscape's extension, without which an animation ends; 0: it goes round.
  const repeats = Buffer.concat([Buffer.from('\x21\xff\x0bNETSCAPE2.0\x03\x01', 'latin1'), Buffer.alloc(3)]);
  const parts = new FilmParts();
  parts.push(Buffer.from('GIF89a'), screen, repeats);
  let frame = 0;
  for await (const picture of pictures) {
    const stays = 1 << 2;
    const lasting = uint16(Math.min(longest, delay[frame++]!));
    parts.push(Buffer.from([0x21, 0xf9, 4, stays]), lasting, Buffer.alloc(2), await imageOf(picture));
  }
  parts.push(Buffer.from([trailer]));
  return parts.joined();
}

/** How blocks begin: that of an image, of an extension, and the last one. */
const [imageBlock, extension, trailer] = [0x2c, 0x21, 0x3b];

/** The block of a picture's image as GIF, with its colours in it. */
async function imageOf({ pixels, width, height, channels }: Picture): Promise<Buffer> {
  const raw = { width, height, channels };
  // Greys have a palette with a place for each.
  const gif = await loadSharp()(pixels, { raw })
    .gif({ effort, dither: channels === 1 ? 0 : 1 })
    .toBuffer();
  const global = colourBytes(gif[10]!);
  const colours = { flags: gif[10]!, table: gif.subarray(13, 13 + global) };
  for (let at = 13 + global; gif[at] !== trailer && at < gif.length; ) {
    if (gif[at] === extension) {
      at = afterBlocks(gif, at + 2);
      continue;
    }
    if (gif[at] !== imageBlock) break;
    const local = colourBytes(gif[at + 9]!);
    const data = at + 10 + local;
    // Flags of a table of colours, with its size; the image's own is as it is.
    const own = local > 0 ? gif.subarray(at + 9, data) : withColours(colours);
    return Buffer.concat([gif.subarray(at, at + 9), own, gif.subarray(data, afterBlocks(gif, data + 1))]);
  }
  throw new DcganError('ERR_INTERNAL', 'A GIF holds no image. Report it, with the version.');
}

/** The flags of an image, and the colours that stood before all images as its own. */
function withColours({ flags, table }: { readonly flags: number; readonly table: Uint8Array }): Buffer {
  return Buffer.concat([Buffer.from([0x80 | (flags & 7)]), table]);
}

/** Bytes of the table of colours that flags tell of. */
function colourBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/** Behind blocks of data, each of which begins with its length, and an empty one at their end. */
function afterBlocks(gif: Buffer, begin: number): number {
  let at = begin;
  while (gif[at]! > 0) at += 1 + gif[at]!;
  return at + 1;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
