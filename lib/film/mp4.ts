import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DcganError, systemCode } from '../errors.js';
import { outputError } from '../files/output_error.js';
import { type Film, ticks } from './film.js';

/** H.264 with half as many colours as pixels takes even sides only; what is added is black, below and to the right. */
const even = 'pad=ceil(iw/2)*2:ceil(ih/2)*2';
/** Named, so that players need not guess which colours are meant. */
const colours =
  'scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709';

/**
 * An MP4 of H.264, as everything plays it, made by the ffmpeg on the PATH. One picture at a time is in memory.
 * @throws DcganError ERR_SETUP when there is no ffmpeg, or it does not do it; ERR_OUTPUT when there is no room for a temporary file.
 */
export async function encodeMp4(film: Film): Promise<Buffer> {
  // MP4 needs a file to go back in. In a directory of its own it is nobody else's.
  const directory = await mkdtemp(join(tmpdir(), 'dcgan-film-')).catch((error: unknown) => {
    throw outputError(tmpdir(), error);
  });
  try {
    const path = join(directory, 'film.mp4');
    await runFfmpeg(film, path);
    return await readFile(path);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runFfmpeg(film: Film, path: string): Promise<void> {
  const rate = 1 / Math.min(...film.seconds);
  const child = spawn('ffmpeg', argumentsFor(film, rate, path), {
    stdio: ['pipe', 'ignore', 'pipe'],
    // As it is by now, whoever has changed it.
    env: process.env,
    windowsHide: true,
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaints = (complaints + text).slice(-2000);
  });
  const ended = endOf(child);
  // Both are waited for, so that neither fails with nobody there.
  const [piped, end] = await Promise.allSettled([
    pipeline(Readable.from(pixelsAt(film, rate)), child.stdin).catch((error: unknown) => {
      // ffmpeg ended first, and says why; any other error is of the pictures, without which it is not to finish.
      if (['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes(systemCode(error))) return;
      child.kill();
      throw error;
    }),
    ended,
  ]);
  if (piped.status === 'rejected') throw piped.reason;
  if (end.status === 'rejected') throw unstarted(end.reason);
  if (end.value === null) return;
  const why = complaints.trim().split('\n').at(-1) || end.value;
  const said = `ffmpeg cannot write this film (${why}). Install an ffmpeg with libx264, or write WebM, WebP, GIF or APNG.`;
  throw new DcganError('ERR_SETUP', said, { value: end.value });
}

/** How a program ended, in words; null when it has done what it was to do. @throws the system's error when it did not start. */
async function endOf(child: ChildProcess): Promise<string | null> {
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  return status === 0 ? null : (signal ?? `exit status ${status}`);
}

function unstarted(cause: unknown): DcganError {
  const why = systemCode(cause) === 'ENOENT' ? 'there is none on the PATH' : (cause as Error).message;
  const said = `MP4 is written by ffmpeg, which cannot be started: ${why}. Install it, or write WebM, WebP, GIF or APNG, which need nothing.`;
  return new DcganError('ERR_SETUP', said, { cause });
}

function argumentsFor({ width, height, channels }: Film, rate: number, path: string): string[] {
  const pixels = ['-f', 'rawvideo', '-pix_fmt', channels === 1 ? 'gray' : 'rgb24'];
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin'],
    ...[...pixels, '-video_size', `${width}x${height}`, '-framerate', String(rate), '-i', 'pipe:0'],
    ...['-vf', `${even},${colours}`],
    ...['-c:v', 'libx264', '-preset', 'medium', '-crf', '18', '-movflags', '+faststart', '-y', path],
  ];
}

/** The pixels of each picture, as often as the rate takes for the time that it stays. */
async function* pixelsAt({ seconds, pictures }: Film, rate: number): AsyncGenerator<Uint8Array> {
  const at = ticks(seconds, 1 / rate);
  let frame = 0;
  for await (const { pixels } of pictures) {
    for (let times = at[frame + 1]! - at[frame]!; times > 0; times--) yield pixels;
    frame++;
  }
}
