import { DcganError } from '../errors.js';
import type { Picture } from '../image/grid.js';
import { loadSharp } from '../image/png.js';
import { checkSides, type Film, ticks } from './film.js';

/** Pixels of a side, in VP8. */
const most = 16383;
/** Of 100: letters and pixels that were enlarged keep their edges. */
const quality = 90;

/** The little of mediabunny that is used; its own types bring a browser's whole DOM. */
interface Mediabunny {
  readonly BufferTarget: new () => { readonly buffer: ArrayBuffer | null };
  readonly WebMOutputFormat: new () => object;
  readonly Output: new (
    options: object,
  ) => {
    addVideoTrack(source: PacketSource, metadata: { readonly frameRate: number }): void;
    start(): Promise<void>;
    finalize(): Promise<void>;
  };
  readonly EncodedVideoPacketSource: new (codec: 'vp8') => PacketSource;
  readonly EncodedPacket: new (data: Uint8Array, type: 'key', timestamp: number, duration: number) => Packet;
}

interface Packet {
  readonly timestamp: number;
}

interface PacketSource {
  add(packet: Packet, metadata: { readonly decoderConfig: object }): Promise<void>;
}

/**
 * A WebM, as browsers play it. A lossy WebP holds one key frame of VP8, and a video may be made of nothing else: so no encoder
 * of videos is needed, and one picture at a time is in memory. That costs bytes, since no picture is told by the one before.
 * @throws DcganError ERR_SHAPE when its pictures are too large; ERR_SETUP without the encoder.
 */
export async function encodeWebm(film: Film): Promise<Buffer> {
  checkSides(film, most);
  const { width, height, seconds, pictures } = film;
  const { BufferTarget, EncodedPacket, EncodedVideoPacketSource, Output, WebMOutputFormat } =
    require('mediabunny') as Mediabunny;
  const target = new BufferTarget();
  const output = new Output({ format: new WebMOutputFormat(), target });
  const source = new EncodedVideoPacketSource('vp8');
  const shortest = Math.min(...seconds);
  output.addVideoTrack(source, { frameRate: 1 / shortest });
  await output.start();

  const decoderConfig = { codec: 'vp8', codedWidth: width, codedHeight: height };
  // Matroska counts milliseconds.
  const at = ticks(seconds, 1 / 1000).map((tick) => tick / 1000);
  let frame = 0;
  for await (const picture of pictures) {
    const bytes = await keyFrame(picture);
    const [begin, end] = [at[frame]!, at[frame + 1]!];
    await source.add(new EncodedPacket(bytes, 'key', begin, end - begin), { decoderConfig });
    // Players end a video soon after its last frame has come, for however long it is to stay: so it comes once more.
    if (++frame === seconds.length && end - begin > 1.5 * shortest) {
      await source.add(new EncodedPacket(bytes, 'key', end - shortest, shortest), { decoderConfig });
    }
  }
  await output.finalize();
  return Buffer.from(target.buffer!);
}

/**
 * The `VP8 ` chunk of a lossy WebP. A RIFF file is a head of 12 bytes and chunks, each with 4 bytes of type, 4 of length and
 * the data, filled up to an even length.
 */
async function keyFrame({ pixels, width, height, channels }: Picture): Promise<Buffer> {
  const webp = await loadSharp()(pixels, { raw: { width, height, channels } }).webp({ quality }).toBuffer();
  for (let at = 12; at < webp.length; ) {
    const length = webp.readUInt32LE(at + 4);
    if (webp.toString('latin1', at, at + 4) === 'VP8 ') return webp.subarray(at + 8, at + 8 + length);
    at += 8 + length + (length % 2);
  }
  throw new DcganError('ERR_INTERNAL', 'A lossy WebP holds no frame of VP8. Report it, with the version.');
}
