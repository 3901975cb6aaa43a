import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpError } from './http_error.js';

/** Answers with JSON. */
export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  sendText(response, JSON.stringify(value), status);
}

/** Answers with what is JSON already. */
export function sendText(response: ServerResponse, text: string, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(text);
}

/**
 * What a request's body says.
 * @param longest bytes
 * @throws HttpError for what is no JSON, or too long.
 */
export async function jsonBody(request: IncomingMessage, longest: number): Promise<unknown> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    throw new HttpError(415, 'Only JSON is understood.');
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longest) throw new HttpError(413, 'That is too long.');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new HttpError(400, 'This is not JSON.');
  }
}
