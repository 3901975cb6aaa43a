import { DcganError } from '../errors.js';
import type { Picture } from '../image/grid.js';
import { loadSharp } from '../image/png.js';
import { checkSides, delays, type Film, FilmParts } from './film.js';

/** Pixels of a side. */
const most = 16383;
/** Milliseconds, of 24 bits. */
const longest = 2 ** 24 - 1;

/**
 * An animated WebP, without loss: https://developers.google.com/speed/webp/docs/riff_container. One picture at a time is in memory, and
 * what was encoded of those before it: each is a WebP of its own, of whose chunk `VP8L` the file has a frame.
 * @throws DcganError ERR_SHAPE when it is too large; ERR_SETUP without the encoder.
 */
export async function encodeAnimatedWebp(film: Film): Promise<Buffer> {
  checkSides(film, most);
  const { width, height, seconds, pictures } = film;
  const delay = delays(seconds, 1 / 1000);
  const hasAnimation = 1 << 1;
  const canvas = Buffer.concat([uint32(hasAnimation), uint24(width - 1), uint24(height - 1)]);
  const [background, goesRound] = [uint32(0), Buffer.alloc(2)];
  const parts = new FilmParts();
  parts.push(Buffer.from('WEBP'), chunk('VP8X', canvas));
  parts.push(chunk('ANIM', Buffer.concat([background, goesRound])));
  let frame = 0;
  for await (const picture of pictures) {
    const [left, top, size] = [uint24(0), uint24(0), [uint24(width - 1), uint24(height - 1)]];
    const lasting = uint24(Math.min(longest, delay[frame++]!));
    // It replaces what was there, and stays.
    const doesNotBlend = Buffer.from([1 << 1]);
    const content = chunk('VP8L', await encoded(picture));
    parts.push(chunk('ANMF', Buffer.concat([left, top, ...size, lasting, doesNotBlend, content])));
  }
  return chunk('RIFF', parts.joined());
}

/** The data of the chunk `VP8L` of a picture as WebP. */
async function encoded({ pixels, width, height, channels }: Picture): Promise<Buffer> {
  const raw = { width, height, channels };
  const webp = await loadSharp()(pixels, { raw }).webp({ lossless: true }).toBuffer();
  for (let at = 12; at < webp.length; ) {
    const length = webp.readUInt32LE(at + 4);
    if (webp.toString('latin1', at, at + 4) === 'VP8L') return webp.subarray(at + 8, at + 8 + length);
    at += 8 + length + (length % 2);
  }
  throw new DcganError('ERR_INTERNAL', 'A lossless WebP holds no VP8L. Report it, with the version.');
}

/** 4 bytes of type, 4 of length, the data, filled up to an even length. */
function chunk(type: string, data: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(type, 'latin1'),
    uint32(data.length),
    data,
    Buffer.alloc(data.length % 2),
  ]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint24(value: number): Buffer {
  const bytes = Buffer.alloc(3);
  bytes.writeUIntLE(value, 0, 3);
  return bytes;
}
