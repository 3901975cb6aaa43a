import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeFilmAs } from '../../lib/film/formats.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { coloured, filmOf, greys, plain } from './helpers.js';

type Mediabunny = typeof import('mediabunny', { with: { 'resolution-mode': 'import' }});

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
const hasFfprobe = spawnSync('ffprobe', ['-version']).status === 0;
if (!hasFfmpeg) process.stderr.write('MP4 is not tested: there is no ffmpeg on the PATH.\n');

/** What a WebM holds, as another program would read it. */
async function packetsOf(webm: Buffer) {
  const { BufferSource, EncodedPacketSink, Input, WEBM } = require('mediabunny') as Mediabunny;
  const input = new Input({ formats: [WEBM], source: new BufferSource(webm) });
  const track = (await input.getPrimaryVideoTrack())!;
  const packets = [];
  for await (const { type, timestamp } of new EncodedPacketSink(track).packets())
    packets.push({ type, timestamp });
  const { codec, codedWidth, codedHeight } = track;
  return { codec, codedWidth, codedHeight, packets, duration: await input.computeDuration() };
}

describe('a WebM', () => {
  test('has a key frame for each picture, and the last once more at its end', async () => {
    expect(await packetsOf(await encodeFilmAs('webm', greys()))).toEqual({
      ...{ codec: 'vp8', codedWidth: 40, codedHeight: 30, duration: expect.closeTo(1.2, 3) },
      packets: [0, 0.1, 0.2, 1.1].map((at) => ({ type: 'key', timestamp: expect.closeTo(at, 3) })),
    });
  });

  test('has the last picture once where it lasts no longer than the others', async () => {
    const film = filmOf([plain(16, 16, 0), plain(16, 16, 9)], [1 / 30, 1 / 30]);
    const { packets, duration } = await packetsOf(await encodeFilmAs('webm', film));
    expect(packets).toHaveLength(2);
    expect(duration).toBeCloseTo(2 / 30, 2);
  });

  test('refuses pictures that are too wide for it', async () => {
    const wide = { ...greys(), width: 16384 };
    await expect(encodeFilmAs('webm', wide)).rejects.toMatchObject({ code: 'ERR_SHAPE' });
  });
});

const temporaries = () => readdirSync(tmpdir()).filter((name) => name.startsWith('dcgan-film-'));

(hasFfmpeg ? describe : describe.skip)('an MP4', () => {
  /** The size of what ffmpeg reads from a file, and the first pixel of each frame. */
  function framesOf(mp4: Buffer, width: number, height: number): number[][] {
    const path = join(temporaryDirectory(), 'film.mp4');
    writeFileSync(path, mp4);
    const args = ['-loglevel', 'error', '-i', path, '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'];
    const raw = execFileSync('ffmpeg', args);
    const bytes = 3 * width * height;
    expect(raw.length % bytes).toBe(0);
    return Array.from({ length: raw.length / bytes }, (_, i) => [...raw.subarray(i * bytes, i * bytes + 3)]);
  }

  test('has each picture as often as it lasts, with sides that are even', async () => {
    const frames = framesOf(await encodeFilmAs('mp4', coloured()), 40, 32);
    expect(frames).toHaveLength(12);
    for (const [i, [red, green, blue]] of [frames[0], frames[1], frames[11]]
      .map((frame) => frame!)
      .entries()) {
      const wanted = [0, 1, 2].map((channel) => (channel === i ? 200 : 40));
      const far = [red!, green!, blue!].map((level, channel) => Math.abs(level - wanted[channel]!));
      expect(Math.max(...far)).toBeLessThan(12);
    }
  });

  test('of greys is grey', async () => {
    const frames = framesOf(await encodeFilmAs('mp4', greys()), 40, 30);
    const [red, green, blue] = frames[1]!;
    expect(Math.max(...[red!, green!, blue!].map((level) => Math.abs(level - 100)))).toBeLessThan(6);
  });

  test('whose pictures fail is none, and leaves nothing behind', async () => {
    const before = temporaries();
    async function* pictures() {
      yield plain(40, 30, 0);
      throw new Error('no picture');
    }
    await expect(encodeFilmAs('mp4', { ...greys(), pictures: pictures() })).rejects.toThrow('no picture');
    expect(temporaries()).toEqual(before);
  });

  test('that ffmpeg refuses is told in its words', async () => {
    const film = filmOf([plain(40_000, 30, 0)], [1]);
    await expect(encodeFilmAs('mp4', film)).rejects.toMatchObject({
      code: 'ERR_SETUP',
      message: expect.stringMatching(/^ffmpeg cannot write this film \(.+\)\. Install /),
    });
  });

  (hasFfprobe ? test : test.skip)('lasts as long as its pictures', async () => {
    const path = join(temporaryDirectory(), 'film.mp4');
    writeFileSync(path, await encodeFilmAs('mp4', coloured()));
    const args = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', path];
    expect(Number(execFileSync('ffprobe', args, { encoding: 'utf8' }))).toBeCloseTo(1.2, 1);
  });
});

test('without ffmpeg an MP4 is refused with the formats that there are', async () => {
  const { PATH } = process.env;
  const before = temporaries();
  process.env.PATH = temporaryDirectory();
  try {
    await expect(encodeFilmAs('mp4', greys())).rejects.toMatchObject({
      code: 'ERR_SETUP',
      message: expect.stringMatching(
        /there is none on the PATH\. Install it, or write WebM, WebP, GIF or APNG/,
      ),
    });
  } finally {
    process.env.PATH = PATH;
  }
  expect(temporaries()).toEqual(before);
});
