import { extname } from 'node:path';
import type { Command } from 'commander';
import { DcganError } from '../errors.js';
import { writeFileAtomically } from '../files/atomic.js';
import type { FilmFormat } from '../film/formats.js';
import { refuseTaken } from './export.js';
import { type Example, examplesText } from './help.js';
import { numeric, text } from './options.js';

interface FilmFlags {
  readonly out: string;
  readonly fps: number;
  readonly hold: number;
  readonly caption?: boolean;
  readonly scale: number;
  readonly force?: boolean;
  readonly quiet?: boolean;
}

const examples: readonly Example[] = [
  ['npx dcgan-native film runs/0001', 'its sample pictures in film.webp, ten a second'],
  ['npx dcgan-native film runs/0001 --caption --fps 5 --out film.gif'],
  ['npx dcgan-native film runs/0001 --scale 2 --out film.mp4', 'for which ffmpeg is needed'],
];

/** By how the file's name ends. An animated PNG has either ending. */
const formats: Readonly<Record<string, FilmFormat>> = {
  '.webp': 'webp',
  '.gif': 'gif',
  '.apng': 'apng',
  '.png': 'apng',
  '.webm': 'webm',
  '.mp4': 'mp4',
};

export function addFilmCommand(program: Command, finish: (exitCode: number) => void): void {
  program
    .command('film')
    .description("Make a film of a run's sample pictures, from the first to the last.")
    .argument('<run>', 'a run directory, also one that is being written')
    .addOption(text('--out <path>', 'x.webp, .gif, .apng, .png, .webm or .mp4').default('film.webp'))
    .addOption(numeric('--fps <n>', 'pictures a second').default(10))
    .addOption(numeric('--hold <seconds>', 'for how long the last picture stays').default(1))
    .option('--caption', 'write the step and the FID below the pictures')
    .addOption(numeric('--scale <n>', 'width and height of one pixel of the pictures').default(1))
    .option('--force', 'replace what is there')
    .option('--quiet', 'print nothing but errors')
    .addHelpText('after', examplesText(examples))
    .action(async (run: string, flags: FilmFlags) => {
      await runFilm(run, flags);
      finish(0);
    });
}

async function runFilm(run: string, { out, force, quiet, ...how }: FilmFlags): Promise<void> {
  const format = formatOf(out);
  if (!force) await refuseTaken(out);
  const { filmRun } = await import('../film/film_run.js');
  await writeFileAtomically(out, [await filmRun(run, { ...how, format })]);
  if (!quiet) process.stderr.write(`Filmed ${run}: ${out}\n`);
}

/** The format of films that a file's name says. @throws DcganError ERR_OPTION for a name that ends in none. */
export function formatOf(out: string): FilmFormat {
  const format = formats[extname(out).toLowerCase()];
  if (format) return format;
  const said = `Option 'out' is wrong: a film is written as WebP, GIF, APNG, WebM or MP4. Give a name that ends in ${Object.keys(formats).join(', ')}, not ${out}.`;
  throw new DcganError('ERR_OPTION', said, { value: out });
}
