import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DcganError, type Generator } from 'dcgan-native';
import { BadRequest, parseQuery } from './query.js';

/**
 * A server that is not listening yet:
 * - `GET /digits.png?seed=1&count=16` draws digits. Many requests may wait at once; the generator draws them together.
 * - `GET /health` tells for how long, at most, the event loop stood still since the last time that it was asked.
 */
export function createDigitsServer(generator: Generator): Server {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();

  async function digits(query: string, response: ServerResponse): Promise<void> {
    const { seed, count } = parseQuery(new URLSearchParams(query));
    const png = await generator.png(count, { seed });
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

function sendError(response: ServerResponse, error: unknown): void {
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
