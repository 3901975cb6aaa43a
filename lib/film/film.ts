import { DcganError } from '../errors.js';
import type { Picture } from '../image/grid.js';

/** Pictures one after another, all of one size and of the same channels. What each format is made of. */
export interface Film {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** For how long each picture is shown, in seconds. */
  readonly seconds: readonly number[];
  /** As many, in their order, made as they are taken: a film may be larger than the memory. */
  readonly pictures: AsyncIterable<Picture>;
}

/** @param most pixels of a side that a format has room for. @throws DcganError ERR_SHAPE when a film's are more. */
export function checkSides({ width, height }: Film, most: number): void {
  if (Math.max(width, height) <= most) return;
  const said = `Pictures of ${width}×${height} pixels are too large for this format, whose sides have at most ${most}. Take fewer images in a picture, a smaller scale, or APNG.`;
  throw new DcganError('ERR_SHAPE', said, { value: [width, height] });
}

/** Bytes of the largest file of a film that is made in memory. */
const mostBytes = 2 ** 30;

/** Parts of a file that are kept until all are there. */
export class FilmParts {
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;

  /** @throws DcganError ERR_SHAPE when they become more than a gigabyte. */
  push(...parts: readonly Uint8Array[]): void {
    for (const part of parts) this.#bytes += part.length;
    if (this.#bytes > mostBytes) {
      const said = `This film becomes larger than a gigabyte. Take fewer pictures, a smaller scale, or MP4, which needs a fraction of the bytes.`;
      throw new DcganError('ERR_SHAPE', said, { value: this.#bytes });
    }
    this.#parts.push(...parts);
  }

  joined(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/**
 * When pictures begin and the film ends, in whole units of a format's clock: one more than there are pictures. Rounding what they
 * last would add up.
 * @param unit seconds
 */
export function ticks(seconds: readonly number[], unit: number): number[] {
  let now = 0;
  const ends = seconds.map((lasts) => {
    now += lasts;
    return Math.round(now / unit);
  });
  return [0, ...ends];
}

/** How long pictures last, in whole units of a format's clock and at least one. @param unit seconds */
export function delays(seconds: readonly number[], unit: number): number[] {
  const at = ticks(seconds, unit);
  return seconds.map((_, i) => Math.max(1, at[i + 1]! - at[i]!));
}
