import type { SingleBar } from 'cli-progress';
import { sizeText } from '../files/size.js';
import type { Variant } from './cache.js';
import { type Offer, readable } from './pip.js';

/** What happens while libtorch is fetched. */
export type FetchEvent =
  | {
      readonly type: 'begin';
      readonly version: string;
      readonly variant: Variant;
      readonly directory: string;
    }
  /** Where pip looks, in its own words. */
  | { readonly type: 'source'; readonly message: string }
  /** A file that comes now. */
  | ({ readonly type: 'offer' } & Offer)
  /** Bytes that came, of those that were offered so far. */
  | { readonly type: 'progress'; readonly bytes: number; readonly total: number }
  /** Something that people should know. */
  | { readonly type: 'notice'; readonly message: string }
  | { readonly type: 'unpack'; readonly files: number }
  | {
      readonly type: 'end';
      /** Whether anything was fetched: false when it was there. */
      readonly fetched: boolean;
      readonly directory: string;
      /** The directory that holds `lib/`. */
      readonly root: string;
      readonly version: string;
      readonly variant: Variant;
    };

/** Shows a fetch to people: lines, and on a terminal a bar. */
export function reportFetch(
  stream: NodeJS.WritableStream & { readonly isTTY?: boolean },
): (event: FetchEvent) => void {
  let bar: SingleBar | null = null;
  const say = (line: string) => {
    bar?.stop();
    bar = null;
    stream.write(`${line}\n`);
  };
  return (event) => {
    if (event.type !== 'progress') say(lineOf(event));
    else if (stream.isTTY && event.total > 0) {
      bar ??= startBar(stream, event.total);
      bar.update(event.bytes, { done: sizeText(event.bytes), size: sizeText(event.total) });
    }
  };
}

function lineOf(event: Exclude<FetchEvent, { type: 'progress' }>): string {
  switch (event.type) {
    case 'begin':
      return `Fetching libtorch ${event.version} (${buildOf(event.variant)}) with pip into ${event.directory}`;
    case 'offer':
      return `  ${event.file} (${event.bytes === null ? 'size unknown' : sizeText(event.bytes)}) from ${placeOf(event)}`;
    case 'unpack':
      return '  unpacking';
    case 'end':
      return `libtorch ${event.version} (${buildOf(event.variant)}) is in ${event.root}`;
    case 'source':
      return `  ${event.message}`;
    case 'notice':
      return event.message;
  }
}

export const buildOf = (variant: Variant): string => (variant === 'cuda' ? 'build for CUDA' : 'CPU build');

function placeOf({ file, from }: Offer): string {
  // pip leaves out the address of PyPI's files.
  const place = readable(from)
    .slice(0, -file.length)
    .replace(/[/\\]$/, '');
  return place || 'PyPI';
}

function startBar(stream: NodeJS.WritableStream, total: number): SingleBar {
  const { SingleBar: Bar } = require('cli-progress') as typeof import('cli-progress');
  const bar = new Bar({
    stream,
    barsize: 30,
    format: '  [{bar}] {percentage}%  {done} of {size}  {eta_formatted} left',
    hideCursor: true,
  });
  bar.start(total, 0, { done: sizeText(0), size: sizeText(total) });
  return bar;
}
