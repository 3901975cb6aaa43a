import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Film } from '../../lib/film/film.js';
import type { Picture } from '../../lib/image/grid.js';
import { encodePng } from '../../lib/image/png.js';
import { temporaryDirectory } from '../support/cleanup.js';

export type Row = Readonly<Record<string, unknown>>;

/** A picture of one level, or of one colour. */
export function plain(width: number, height: number, ...levels: number[]): Picture {
  const channels = levels.length === 3 ? 3 : 1;
  const pixels = Uint8Array.from({ length: width * height * channels }, (_, i) => levels[i % channels]!);
  return { pixels, width, height, channels };
}

/** A film of these pictures. */
export function filmOf(pictures: readonly Picture[], seconds: readonly number[]): Film {
  async function* each() {
    yield* pictures;
  }
  const { width, height, channels } = pictures[0]!;
  return { width, height, channels, seconds, pictures: each() };
}

/** A run directory with these rows of metrics, and these pictures under their names. */
export async function runOf(
  pictures: Readonly<Record<string, Picture>>,
  rows: readonly Row[] = [],
): Promise<string> {
  const run = temporaryDirectory();
  mkdirSync(join(run, 'samples'));
  writeFileSync(join(run, 'config.json'), '{}');
  writeFileSync(join(run, 'metrics.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  for (const [name, picture] of Object.entries(pictures)) {
    writeFileSync(join(run, 'samples', name), await encodePng(picture));
  }
  return run;
}

/** Three greys, each for a tenth of a second, and the last for a second. */
export const greys = (): Film =>
  filmOf(
    [0, 100, 200].map((level) => plain(40, 30, level)),
    [0.1, 0.1, 1],
  );

/** Three colours, the same. */
export const coloured = (): Film =>
  filmOf([plain(40, 31, 200, 40, 40), plain(40, 31, 40, 200, 40), plain(40, 31, 40, 40, 200)], [0.1, 0.1, 1]);
