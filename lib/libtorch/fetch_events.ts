import { sizeText } from '../files/size.js';
import { canRedraw, LiveLine, type OutputStream } from '../terminal/live_line.js';
import { expectedEnd, percentage, progressLine, timeLeft } from '../terminal/progress_line.js';
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
export function reportFetch(stream: OutputStream): (event: FetchEvent) => void {
  let bar: LiveLine | null = null;
  let began: number | null = null;
  let items = { bar: { share: 0 }, percentage: '', size: '', left: '' };
  return (event) => {
    if (event.type !== 'progress') {
      bar?.close();
      bar = null;
      stream.write(`${lineOf(event)}\n`);
    } else if (canRedraw(stream) && event.total > 0) {
      began ??= performance.now();
      const share = event.bytes / event.total;
      items = {
        bar: { share },
        percentage: percentage(share),
        size: `${sizeText(event.bytes)} of ${sizeText(event.total)}`,
        left: event.bytes > 0 ? timeLeft(expectedEnd(began, event.bytes, event.total)) : '',
      };
      bar ??= new LiveLine(stream, (columns) => progressLine(items, layout, columns));
      bar.update();
    }
  };
}

const layout = {
  order: ['bar', 'percentage', 'size', 'left'],
  importance: ['percentage', 'left', 'size', 'bar'],
} as const;

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
