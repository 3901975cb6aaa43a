import { extname, join } from 'node:path';
import { DcganError } from '../errors.js';
import { writeFileAtomically } from '../files/atomic.js';
import { makeDirectories, makeParent } from '../files/directories.js';
import { outputError } from '../files/output_error.js';
import { filmImages } from '../film/film_images.js';
import { encodePicture } from '../image/picture.js';
import type { ImageBatch } from '../network/arrays.js';
import { formatOf } from './film.js';
import { isTaken, numberedNames, removeEarlier } from './pictures.js';

/** Frames of images, and how many there are. */
export interface CountedFrames {
  readonly frames: AsyncIterable<ImageBatch>;
  readonly count: number;
  /** Images in each. */
  readonly cells: number;
  /** Images in a row of a frame. */
  readonly columns: number;
}

/** How frames become files. */
export interface FramesLayout {
  readonly fps: number;
  readonly scale: number;
  /** Frames in a row of a strip; by default all. */
  readonly columns?: number;
}

/** What a path is to be: a strip of all frames, a directory with a picture of each, or a film. */
type Kind = 'strip' | 'directory' | 'film';

function kindOf(out: string): Kind {
  const ending = extname(out).toLowerCase();
  if (ending === '.png') return 'strip';
  return ending === '' ? 'directory' : 'film';
}

/** Images of a strip, all of which are in memory at once. */
const mostInStrip = 20_000;

/**
 * Says before the work whether its output could be written.
 * @throws DcganError ERR_OPTION for a name of no format, or a strip of too many images; ERR_OUTPUT_EXISTS unless `force`.
 */
export async function checkFramesOut(out: string, force: boolean): Promise<void> {
  const kind = kindOf(out);
  if (kind === 'film') formatOf(out);
  if (force || !(await isTaken(out, kind === 'directory'))) return;
  const said = `${out} ${kind === 'directory' ? 'is not an empty directory' : 'exists'}. Choose another --out, or add --force.`;
  throw new DcganError('ERR_OUTPUT_EXISTS', said, { value: out });
}

/**
 * Writes frames: as a PNG a strip with a row for each cell, as a film, or into a directory a PNG of each frame.
 * @throws DcganError ERR_OPTION, ERR_SHAPE, ERR_OUTPUT, ERR_SETUP; what taking the frames throws.
 */
export async function writeFrames(out: string, counted: CountedFrames, layout: FramesLayout): Promise<void> {
  const kind = kindOf(out);
  if (kind === 'directory') return writeNumbered(out, counted, layout);
  await makeParent(out);
  const bytes = kind === 'strip' ? await stripOf(counted, layout) : await filmOf(out, counted, layout);
  await writeFileAtomically(out, [bytes]);
}

function filmOf(out: string, { frames, count, columns }: CountedFrames, { fps, scale }: FramesLayout) {
  return filmImages(frames, { count, format: formatOf(out), columns, fps, scale });
}

async function stripOf(
  { frames, count, cells, ...own }: CountedFrames,
  layout: FramesLayout,
): Promise<Buffer> {
  if (count * cells > mostInStrip) {
    const said = `Option 'frames' is wrong: a strip of ${count * cells} images is too large, at most ${mostInStrip} fit. Take fewer frames, a film (x.webp, x.mp4), or a directory of pictures (a name without an ending).`;
    throw new DcganError('ERR_OPTION', said, { value: count });
  }
  // Of one frame the strip is that frame.
  const { columns = count === 1 ? own.columns : count, scale } = layout;
  let all: Float32Array | null = null;
  let shape: ImageBatch['shape'] | null = null;
  let frame = 0;
  for await (const images of frames) {
    const size = images.data.length / cells;
    all ??= new Float32Array(count * images.data.length);
    shape ??= [count * cells, ...tail(images.shape)];
    // A row for each cell: what a frame has of it comes behind that of the frames before.
    for (let cell = 0; cell < cells; cell++) {
      all.set(images.data.subarray(cell * size, (cell + 1) * size), (cell * count + frame) * size);
    }
    frame++;
  }
  return encodePicture({ data: all!, shape: shape! }, { columns, scale });
}

const tail = ([, ...rest]: ImageBatch['shape']) => rest;

/** Pictures of earlier frames that are not replaced are removed. */
async function writeNumbered(
  directory: string,
  { frames, count, columns }: CountedFrames,
  { scale }: FramesLayout,
): Promise<void> {
  await makeDirectories(directory).catch((error: unknown) => {
    throw outputError(directory, error);
  });
  const names = numberedNames(count);
  let frame = 0;
  for await (const images of frames) {
    await writeFileAtomically(join(directory, names[frame++]!), [
      await encodePicture(images, { columns, scale }),
    ]);
  }
  await removeEarlier(directory, new Set(names));
}
