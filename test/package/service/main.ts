/** main.js DIRECTORY: prints the port of the service as its first line, and ends on SIGTERM when everything is saved. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DcganError } from 'dcgan-native';
import { Painter } from './painter.js';
import { Training } from './training.js';

const directory = process.argv[2]!;
const training = new Training(join(directory, 'run'));
const checkpoint = join(directory, 'models', 'first.safetensors');
await training.save(checkpoint);
const painter = new Painter(checkpoint);

const json = (response: ServerResponse, status: number, body: object) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

export const routes = {
  'GET /digits.png': async (query: URLSearchParams, response: ServerResponse) => {
    const picture = await painter.paint(Number(query.get('seed')));
    response.writeHead(200, { 'content-type': 'image/png' }).end(picture);
  },
  'POST /training': async (query: URLSearchParams, response: ServerResponse) =>
    json(response, 202, await training.start(Number(query.get('steps')))),
  'GET /training': async (_: URLSearchParams, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    for await (const event of training.events()) {
      if (response.destroyed) return;
      response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    }
    response.end();
  },
  'DELETE /training': async (_: URLSearchParams, response: ServerResponse) =>
    json(response, 200, { step: await training.cancel() }),
};

async function answer({ method, url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const route = Object.entries(routes).find(([name]) => name === `${method} ${pathname}`)?.[1];
  if (route) await route(searchParams, response);
  else json(response, 404, { error: 'There is nothing here.' });
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    const code = error instanceof DcganError ? error.code : 'ERR_INTERNAL';
    json(response, code === 'ERR_BUSY' ? 409 : 400, { code, error: String(error) });
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

process.once('SIGTERM', async () => {
  const closed = once(server, 'close');
  server.close();
  await training.cancel();
  server.closeIdleConnections();
  await closed;
  await painter.end();
  training.dispose();
});

process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
