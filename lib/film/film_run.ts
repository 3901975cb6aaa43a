import * as v from 'valibot';
import { check, count } from '../options.js';
import { encodeFilmAs, type FilmFormat, filmFormats } from './formats.js';
import { sampleFilm } from './sample_film.js';

/** How `filmRun` makes a film. */
export interface FilmOptions {
  /**
   * `webp`, `gif` and `apng` go round without end wherever pictures are shown; `webm` and `mp4` are videos. `mp4` needs ffmpeg on
   * the PATH. Without loss are `webp` and `apng`. Default `webp`.
   */
  readonly format?: FilmFormat;
  /** Pictures a second, from 0.1 to 50. Default 10. */
  readonly fps?: number;
  /** Seconds for which the last picture stays, from 0 to 60 and at least as long as the others. Default 1. */
  readonly hold?: number;
  /** Whether the step stands below each picture, and the FID of the newest evaluation until then. Default false. */
  readonly caption?: boolean;
  /** Width and height of a pixel of the sample pictures, in pixels of the film. Default 1. */
  readonly scale?: number;
}

const schema = v.strictObject({
  format: v.optional(v.picklist(filmFormats), 'webp'),
  fps: v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(50)), 10),
  hold: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(60)), 1),
  caption: v.optional(v.boolean(), false),
  scale: v.optional(count(1, 64), 1),
});
const directorySchema = v.strictObject({
  directory: v.pipe(v.string(), v.nonEmpty('must be a path')),
});

/**
 * Makes a film of how a run's images became better: its sample pictures, which are always of the same latent vectors, in the order of
 * their steps. Where options that were changed made some smaller, these are enlarged, with black around them. Also while the run
 * is written.
 * @param directory a run directory
 * @returns the bytes of a file of that format
 * @throws DcganError ERR_CHECKPOINT_NOT_FOUND when there is no run, ERR_VALUE when it has no sample pictures yet,
 * ERR_CHECKPOINT_FORMAT or ERR_CHECKPOINT_READ when it cannot be read; ERR_SHAPE when the film is too large for the format, ERR_SETUP
 * without what the format needs, ERR_OUTPUT when there is no room for what ffmpeg writes; ERR_OPTION.
 * @example
 * const { writeFile } = await import('node:fs/promises');
 * await writeFile('film.webp', await filmRun('runs/0001', { fps: 5, caption: true }));
 */
export async function filmRun(directory: string, options: FilmOptions = {}): Promise<Buffer> {
  const { format, ...how } = check(schema, options);
  const { directory: run } = check(directorySchema, { directory });
  return encodeFilmAs(format, await sampleFilm(run, how));
}
