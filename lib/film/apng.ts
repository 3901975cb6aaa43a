import { crc32 } from 'node:zlib';
import type { Picture } from '../image/grid.js';
import { encodePng } from '../image/png.js';
import { delays, type Film, FilmParts } from './film.js';

const signatureBytes = 8;
/** In which delays are counted. */
const ticksPerSecond = 1000;

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/**
 * An animated PNG, without loss: https://www.w3.org/TR/png-3/#apng-frame-based-animation. What of a PNG is the picture, its
 * `IDAT` chunks, stands there for the first frame as it is, so that programs that know no animation show that one, and for
 * the others with a number in front, as `fdAT`. `acTL` says how many frames there are, and a `fcTL` before each for how long it
 * stays. Frames and their parts are numbered in one sequence.
 * @throws DcganError ERR_SETUP without the encoder of PNG.
 */
export async function encodeApng({ width, height, seconds, pictures }: Film): Promise<Buffer> {
  const delay = delays(seconds, 1 / ticksPerSecond);
  const frames = new FilmParts();
  let head: Buffer = Buffer.alloc(0);
  let sequence = 0;
  let frame = 0;
  for await (const picture of pictures) {
    const chunks = await chunksOf(picture);
    if (frame === 0) head = chunkBytes('IHDR', chunks.find(({ type }) => type === 'IHDR')!.data);
    frames.push(chunkBytes('fcTL', control(sequence++, width, height, delay[frame]!)));
    for (const { data } of chunks.filter(({ type }) => type === 'IDAT')) {
      frames.push(
        frame === 0
          ? chunkBytes('IDAT', data)
          : chunkBytes('fdAT', Buffer.concat([uint32(sequence++), data])),
      );
    }
    frame++;
  }
  const goesRound = 0;
  const animation = chunkBytes('acTL', Buffer.concat([uint32(frame), uint32(goesRound)]));
  return Buffer.concat([signature, head, animation, frames.joined(), chunkBytes('IEND', Buffer.alloc(0))]);
}

const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** The chunks of a picture as PNG: 4 bytes of length, 4 of type, the data, and 4 that check both. */
async function chunksOf(picture: Picture): Promise<Chunk[]> {
  const png = await encodePng(picture);
  const chunks: Chunk[] = [];
  for (let at = signatureBytes; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const data = png.subarray(at + 8, at + 8 + length);
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data });
    at += 12 + length;
  }
  return chunks;
}

function chunkBytes(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([uint32(data.length), typed, uint32(crc32(typed))]);
}

/** Of a frame that covers all, replaces what was there, and stays. */
function control(sequence: number, width: number, height: number, delay: number): Buffer {
  const [left, top, keep, replace] = [0, 0, 0, 0];
  // A delay has 16 bits, so one of more than a minute is counted in whole seconds.
  const [ticks, perSecond] =
    delay < 2 ** 16 ? [delay, ticksPerSecond] : [Math.round(delay / ticksPerSecond), 1];
  return Buffer.concat([
    ...[sequence, width, height, left, top].map(uint32),
    uint16(ticks),
    uint16(perSecond),
    Buffer.from([keep, replace]),
  ]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
