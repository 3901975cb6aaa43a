import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DcganError } from '../errors.js';
import type { Picture } from '../image/grid.js';
import { loadSharp } from '../image/png.js';
import type { MetricsRow } from '../run/metrics.js';
import { readSamples } from '../run/samples.js';
import { withCaptions } from './captions.js';
import type { Film } from './film.js';

/** How the sample pictures of a run become a film. */
export interface SampleFilmOptions {
  /** Pictures a second. */
  readonly fps: number;
  /** Seconds for which the last picture stays. */
  readonly hold: number;
  /** Whether words below the pictures say what they are of. */
  readonly caption: boolean;
  /** Width and height of a pixel of the sample pictures, in pixels of the film. */
  readonly scale: number;
}

/** What is known of a picture before it is decoded. */
interface PictureSize {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/**
 * The sample pictures of a run as a film, from its first to its last. Also while the run is written.
 * @throws DcganError ERR_VALUE when it has none yet; ERR_CHECKPOINT_NOT_FOUND, ERR_CHECKPOINT_FORMAT or ERR_CHECKPOINT_READ when
 * there is no run, or none that can be read; ERR_SETUP when the decoder cannot be loaded. Its pictures throw ERR_CHECKPOINT_READ.
 */
export async function sampleFilm(directory: string, options: SampleFilmOptions): Promise<Film> {
  const { fps, hold, caption, scale } = options;
  const { rows, samples } = await readSamples(directory);
  if (samples.length === 0) {
    const said = `The run ${directory} has no sample pictures yet. Train it for longer: by default each epoch gets one, and 'sampleEverySteps' makes more.`;
    throw new DcganError('ERR_VALUE', said, { value: directory });
  }
  const paths = samples.map(({ file }) => join(directory, file));
  const sizes: PictureSize[] = [];
  for (const path of paths) sizes.push(await sizeOf(path));
  const frame: PictureSize = {
    width: scale * Math.max(...sizes.map(({ width }) => width)),
    height: scale * Math.max(...sizes.map(({ height }) => height)),
    channels: sizes.some(({ channels }) => channels === 3) ? 3 : 1,
  };
  async function* pictures(): AsyncGenerator<Picture> {
    for (const [i, path] of paths.entries()) yield await pictureIn(path, sizes[i]!, frame);
  }
  const seconds = samples.map((_, i) => (i === samples.length - 1 ? Math.max(hold, 1 / fps) : 1 / fps));
  const film: Film = { ...frame, seconds, pictures: pictures() };
  if (!caption) return film;
  return withCaptions(
    film,
    samples.map(({ step }) => [`step ${step.toLocaleString('en')}`, fidAt(step, rows)]),
  );
}

/** What the newest evaluation until then says; '' where there was none. */
function fidAt(step: number, rows: readonly MetricsRow[]): string {
  const row = rows.findLast((row) => row.type === 'evaluation' && row.step <= step);
  const fid = (row?.figures as { readonly fid?: { readonly value?: unknown } } | undefined)?.fid?.value;
  return typeof fid === 'number' ? `FID ${fid.toFixed(2)}` : '';
}

async function sizeOf(path: string): Promise<PictureSize> {
  const decoder = loadSharp();
  const { width, height, channels } = await readFile(path)
    .then((png) => decoder(png).metadata())
    .catch(unreadable(path));
  return { width, height, channels: channels < 3 ? 1 : 3 };
}

/**
 * A sample picture, enlarged by the largest whole factor that the frame has room for, so that its pixels stay what they are, and
 * black around it. A run whose options were changed has pictures of several sizes.
 */
async function pictureIn(path: string, size: PictureSize, frame: PictureSize): Promise<Picture> {
  const factor = Math.floor(Math.min(frame.width / size.width, frame.height / size.height));
  const [width, height] = [factor * size.width, factor * size.height];
  const [left, top] = [Math.floor((frame.width - width) / 2), Math.floor((frame.height - height) / 2)];
  const decoder = loadSharp();
  const pixels = await readFile(path)
    .then((png) =>
      decoder(png)
        .removeAlpha()
        .toColourspace(frame.channels === 1 ? 'b-w' : 'srgb')
        .resize(width, height, { kernel: 'nearest', fit: 'fill' })
        .extend({
          ...{ left, top, right: frame.width - width - left, bottom: frame.height - height - top },
          background: 'black',
        })
        .raw()
        .toBuffer(),
    )
    .catch(unreadable(path));
  return { ...frame, pixels };
}

/** For `.catch` of a picture's. */
function unreadable(path: string): (cause: unknown) => never {
  return (cause) => {
    const why = (cause as Error).message.split('\n')[0];
    const said = `The sample picture ${path} cannot be read (${why}). Remove it, or wait until it is written.`;
    throw new DcganError('ERR_CHECKPOINT_READ', said, { value: path, cause });
  };
}
