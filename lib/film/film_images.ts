import * as v from 'valibot';
import { DcganError } from '../errors.js';
import { type Picture, tile } from '../image/grid.js';
import type { ImageBatch } from '../network/arrays.js';
import { check, count } from '../options.js';
import type { Film } from './film.js';
import { encodeFilmAs, type FilmFormat, filmFormats } from './formats.js';

/** How `filmImages` makes a film. */
export interface ImageFilmOptions {
  /** How many frames there are, at most 100,000. */
  readonly count: number;
  /**
   * `webp`, `gif` and `apng` go round without end wherever pictures are shown; `webm` and `mp4` are videos. `mp4` needs ffmpeg on
   * the PATH. Without loss are `webp` and `apng`. Default `webp`.
   */
  readonly format?: FilmFormat;
  /** Frames a second, from 0.1 to 50. Default 25. */
  readonly fps?: number;
  /** Images in a row of a frame. Default: as many as make it about square. */
  readonly columns?: number;
  /** Black pixels between two images. Default 2. */
  readonly gap?: number;
  /** Width and height of one value, in pixels. Default 1. */
  readonly scale?: number;
}

const schema = v.strictObject({
  count: count(1, 100_000),
  format: v.optional(v.picklist(filmFormats), 'webp'),
  fps: v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(50)), 25),
  columns: v.optional(count(1, 100_000)),
  gap: v.optional(count(0, 1000), 2),
  scale: v.optional(count(1, 64), 1),
});

/**
 * Makes a film of images, [n, S, S, C] in each frame, such as `walk` and `interpolate` draw. Frames are taken as they are needed, one
 * after the other.
 * @returns the bytes of a file of that format
 * @throws DcganError ERR_OPTION; ERR_SHAPE when there are fewer frames or more, or the film is too large for the format; ERR_SETUP without
 * what the format needs, ERR_OUTPUT when there is no room for what ffmpeg writes; what taking the frames throws.
 * @example
 * const { writeFile } = await import('node:fs/promises');
 * const frames = generator.interpolate({ seeds: [1, 2, 3], frames: 90, closed: true });
 * await writeFile('digits.webm', await filmImages(frames, { count: 90, format: 'webm', scale: 8 }));
 */
export async function filmImages(
  frames: AsyncIterable<ImageBatch>,
  options: ImageFilmOptions,
): Promise<Buffer> {
  const { count, format, fps, ...tiling } = check(schema, options);
  const iterator = frames[Symbol.asyncIterator]();
  try {
    const first = await nextPicture(iterator, tiling, 0, count);
    const { width, height, channels } = first;
    const seconds = new Array<number>(count).fill(1 / fps);
    const film: Film = { width, height, channels, seconds, pictures: pictures() };
    async function* pictures(): AsyncGenerator<Picture> {
      yield first;
      for (let i = 1; i < count; i++) yield nextPicture(iterator, tiling, i, count);
      if (!(await iterator.next()).done) throw otherCount(`more than ${count}`, count);
    }
    return await encodeFilmAs(format, film);
  } finally {
    await iterator.return?.();
  }
}

async function nextPicture(
  iterator: AsyncIterator<ImageBatch>,
  tiling: Pick<ImageFilmOptions, 'columns' | 'gap' | 'scale'>,
  number: number,
  count: number,
): Promise<Picture> {
  const { done, value } = await iterator.next();
  if (done) throw otherCount(String(number), count);
  return tile(value, tiling);
}

function otherCount(found: string, count: number): DcganError {
  const said = `There are ${found} frames, and 'count' says ${count}. Give their number.`;
  return new DcganError('ERR_SHAPE', said, { value: count });
}
