import { HttpError } from './http_error.js';

/** What a request is for. */
export interface Address {
  /** Parts of the path, decoded; the last is '' where the path ends with a slash. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

/**
 * Takes a request's target apart.
 * @param base what is before the dashboard's own part of a path: `/` or `/runs/`, say
 * @throws HttpError 400 for what names no place, with parts such as `..`; 404 for what is not below `base`.
 */
export function addressOf(target: string, base: string): Address {
  const [path = '', query = ''] = target.split('?', 2);
  if (!path.startsWith(base)) throw nothingHere();
  const parts = path.slice(base.length).split('/').map(decoded);
  return { parts, query: new URLSearchParams(query) };
}

export function nothingHere(): HttpError {
  return new HttpError(404, 'There is nothing here.');
}

function decoded(part: string, at: number, { length }: { readonly length: number }): string {
  const text = decode(part);
  const isEmpty = text === '' && at < length - 1;
  if (isEmpty || text === '.' || text === '..' || /[/\\\0]/.test(text)) throw wrong();
  return text;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw wrong();
  }
}

const wrong = () => new HttpError(400, 'This address is wrong.');
