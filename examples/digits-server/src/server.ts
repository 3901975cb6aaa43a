import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DcganError, type Generator } from 'dcgan-native';
import { BadRequest, parseQuery } from './query.js';
import { Queue, QueueFull } from './queue.js';

/** How many requests are served. */
export interface Limits {
  /** Pictures that are drawn at once: the generator draws them together. Default 16. */
  readonly atOnce?: number;
  /** Requests that wait for their turn; those beyond them are told to come back. Default 256. */
  readonly waiting?: number;
}

/** Seconds after which one that was sent away may try again. */
const retryAfter = 1;

/**
 * A server that is not listening yet:
 * - `GET /digits.png?seed=1&count=16` draws digits. Many requests may wait at once, but not any number of them, and nothing
 *   is drawn for one whose client has gone.
 * - `GET /health` tells for how long, at most, the event loop stood still since the last time that it was asked.
 */
export function createDigitsServer(
  generator: Pick<Generator, 'png' | 'device'>,
  { atOnce = 16, waiting = 256 }: Limits = {},
): Server {
  const queue = new Queue(atOnce, waiting);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();

  async function digits(query: string, response: ServerResponse): Promise<void> {
    const { seed, count } = parseQuery(new URLSearchParams(query));
    const png = await queue.run(() => generator.png(count, { seed }), goneSignal(response));
    // The model does not change while the server runs, so the same address is the same picture.
    const headers = { 'content-type': 'image/png', 'content-length': png.length };
    response.writeHead(200, { ...headers, 'cache-control': 'max-age=3600' }).end(png);
  }

  async function health(_: string, response: ServerResponse): Promise<void> {
    const eventLoopDelay = delay.max / 1e6;
    delay.reset();
    sendJson(response, 200, { status: 'ok', device: generator.device, eventLoopDelay });
  }

  const routes = new Map([
    ['/digits.png', digits],
    ['/health', health],
  ]);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const route = routes.get(path);
    if (!route)
      return sendJson(response, 404, { error: 'There is nothing here. Try /digits.png?seed=1&count=16.' });
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return sendJson(response, 405, { error: `${request.method} is not allowed here, only GET.` });
    }
    await route(query, response);
  }

  return createServer((request, response) => {
    answer(request, response).catch((error: unknown) => sendError(response, error));
  });
}

/** Aborts when the client goes before it has its answer. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('The client has gone.')));
  return gone.signal;
}

function sendError(response: ServerResponse, error: unknown): void {
  // Nobody is there to be told.
  if (response.destroyed) return;
  if (error instanceof QueueFull) {
    response.setHeader('retry-after', retryAfter);
    sendJson(response, 503, { error: 'Too many are waiting. Try again in a second.' });
    return;
  }
  if (error instanceof BadRequest) {
    sendJson(response, 400, { error: error.message });
    return;
  }
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  const code = error instanceof DcganError ? error.code : 'ERR_INTERNAL';
  sendJson(response, 500, { error: 'The digits could not be drawn.', code });
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
