import { readFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { nothingHere } from './address.js';

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

const pageDirectory = join(__dirname, '..', '..', 'lib', 'dashboard', 'page');

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/** The libraries that the page uses, which are made for browsers as they are. */
const libraries: Readonly<Record<string, () => string>> = {
  'uplot.js': () => require.resolve('uplot/dist/uPlot.esm.js'),
  'uplot.css': () => require.resolve('uplot/dist/uPlot.min.css'),
  // Node gets a file of its own, in a directory below.
  'lit-html.js': () => join(dirname(require.resolve('lit-html')), '..', 'lit-html.js'),
};

/**
 * A file of the page, by its address within the dashboard.
 * @throws HttpError 404.
 */
export async function pageFile(parts: readonly string[]): Promise<PageFile> {
  const path = pathOf(parts);
  const type = path && types[extname(path)];
  if (!path || !type) throw nothingHere();
  const bytes = await readFile(path).catch(() => {
    throw nothingHere();
  });
  return { type, bytes };
}

function pathOf([room, name, ...rest]: readonly string[]): string | null {
  if (room === '' && name === undefined) return join(pageDirectory, 'index.html');
  if (name === undefined || rest.length > 0) return null;
  if (room === 'lib' && Object.hasOwn(libraries, name)) return libraries[name]!();
  return room === 'page' && /^[a-z_]+\.(js|css)$/.test(name) ? join(pageDirectory, name) : null;
}
