import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HttpError } from './http_error.js';

/**
 * Headers of every answer: a page takes nothing from elsewhere, and nobody else takes anything from it; its address, which holds
 * the token, is told to nobody.
 */
export const safeHeaders = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
} as const;

/**
 * Refuses what comes from another page: a name of this machine that somebody else has given it (DNS rebinding), and scripts of
 * other origins.
 * @param hosts the names that this server goes by, `host:port`; null where another one decides that
 * @throws HttpError 403.
 */
export function checkOrigin({ headers, method }: IncomingMessage, hosts: ReadonlySet<string> | null): void {
  const { host, origin } = headers;
  if (hosts && !hosts.has(host ?? '')) {
    throw new HttpError(403, 'This server answers under the address that it has printed, and no other.');
  }
  const isRead = method === 'GET' || method === 'HEAD';
  // Browsers name the origin of whatever may change something.
  if (isRead && origin === undefined) return;
  if (hostOf(origin) === host) return;
  throw new HttpError(403, 'This is for the page of this server only.');
}

function hostOf(origin: string | undefined): string | null {
  try {
    return new URL(origin ?? '').host;
  } catch {
    return null;
  }
}

/** Whether two tokens are the same, in a time that tells nothing of where they differ. */
export function isToken(given: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}
