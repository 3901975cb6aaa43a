import { once } from 'node:events';
import { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, get, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createDashboard, type Dashboard, GanTrainer } from '../../lib/index.js';
import { temporaryDirectory as directoryOfFile } from '../cli/helpers.js';
import { temporaryDirectory, using } from '../support/cleanup.js';
import { smallMnist } from '../support/small_mnist.js';

const folder = directoryOfFile();
const run = join(folder, '0001');
let dashboard: Dashboard;
let page: URL;

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Asks for a target as it is written, which `fetch` would tidy up. */
async function ask(target: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> {
  const method = body === undefined ? 'GET' : 'POST';
  const { hostname, port } = page;
  const asked = request({ hostname, port, path: target, method, headers });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) };
}

const within = (target: string, ...rest: [Record<string, string>?, string?]) =>
  ask(`${page.pathname}${target}`, ...rest);
const json = ({ body }: Answer) => JSON.parse(body.toString());
const post = (target: string, body: unknown, headers: Record<string, string> = {}) =>
  within(
    target,
    { 'Content-Type': 'application/json', Origin: page.origin, ...headers },
    typeof body === 'string' ? body : JSON.stringify(body),
  );

let api: string;

beforeAll(async () => {
  const trainer = using(
    new GanTrainer({ batchSize: 4, features: 16, seed: 3, threads: 1, data: smallMnist(24) }),
  );
  await trainer.fit(2, { outDir: run, logEvery: 1 });
  dashboard = await createDashboard(folder);
  page = new URL(await dashboard.listen());
  api = `api/runs/${json(await within('api/runs')).runs[0].id}`;
});

afterAll(() => dashboard.close());

describe('the page', () => {
  test('is served with its modules and libraries', async () => {
    const { status, headers, body } = await within('');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const named = [...body.toString().matchAll(/(?:src|href)="((?:lib|page)\/[^"]+)"/g)].map(
      ([, name]) => name!,
    );
    expect(named).toContain('page/main.js');
    for (const name of [...named, 'lib/lit-html.js', 'lib/uplot.js']) {
      expect([name, (await within(name)).status]).toEqual([name, 200]);
    }
  });

  test('allows nothing from elsewhere, and tells its address to nobody', async () => {
    const { headers } = await within('');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(headers).toMatchObject({
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
  });
});

describe('the data', () => {
  test('are the runs, the rows of one, and the rest of it', async () => {
    const { runs, canAct } = json(await within('api/runs'));
    expect(runs).toMatchObject([{ name: '0001', state: 'ended', step: 12, rows: 12 }]);
    expect(canAct).toBe(true);
    const { generation, from, curves } = json(await within(`${api}/curves`));
    expect([from, curves.step.length]).toEqual([0, 12]);
    const rest = json(await within(`${api}/curves?generation=${generation}&from=10`));
    expect([rest.from, rest.curves.step]).toEqual([10, [11, 12]]);
    const others = json(await within(`${api}/curves?generation=-1&from=10`));
    expect(others.from).toBe(0);
    const { samples, checkpoints, happenings } = json(await within(`${api}/details`));
    expect(samples.map(({ step }: { step: number }) => step)).toEqual([1, 6, 12]);
    expect(checkpoints[0]).toMatchObject({ step: 12, file: 'checkpoints/step-00000012.safetensors' });
    expect(happenings.map(({ type }: { type: string }) => type)).toEqual(['start', 'end']);
  });

  test('have pictures, which are not sent twice', async () => {
    const { status, headers, body } = await within(`${api}/files/samples/epoch-0002.png`);
    expect([status, headers['content-type'], body.toString('latin1', 1, 4)]).toEqual([
      200,
      'image/png',
      'PNG',
    ]);
    const again = await within(`${api}/files/samples/epoch-0002.png`, { 'If-None-Match': headers.etag! });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  test('are told all at first, and then as they change', async () => {
    const response = await new Promise<IncomingMessage>((resolve) => {
      get(new URL('api/events', page), resolve);
    });
    const [first] = await once(response.setEncoding('utf8'), 'data');
    response.destroy();
    expect(first).toMatch(/^retry: 1000\nevent: runs\ndata: \{"changed":\[\{"id":/);
    expect(first).toMatch(/"all":true\}\n\n$/);
  });
});

describe('a run that is being written', () => {
  test('has its new rows in the events, so that pages need not ask', async () => {
    const other = await createDashboard(folder);
    const url = new URL(await other.listen());
    const response = await new Promise<IncomingMessage>((resolve) => {
      get(new URL('api/events', url), resolve);
    });
    const [first] = await once(response.setEncoding('utf8'), 'data');
    const { changed } = dataOf(first);
    const line = { type: 'step', step: 13, epoch: 3, steps: 1, discriminatorLoss: 1.5, generatorLoss: 0.5 };
    appendFileSync(join(run, 'metrics.jsonl'), `${JSON.stringify({ ...line, imagesPerSecond: 1 })}\n`);
    const [next] = await once(response, 'data');
    response.destroy();
    await other.close();
    const [rows] = dataOf(next).curves;
    expect(rows).toMatchObject({ id: changed[0].id, from: changed[0].rows });
    expect(rows.curves).toMatchObject({ step: [13], discriminatorLoss: [1.5], generatorLoss: [0.5] });
  });
});

/** What an event says. */
const dataOf = (event: string) => JSON.parse(/^data: (.*)$/m.exec(event)![1]!);

describe('drawing', () => {
  const wanted = { checkpoint: null, seed: 1, count: 4, label: null, set: {} };

  test('gives a picture of a seed, and another one where numbers of the latent vectors are set', async () => {
    const plain = await post(`${api}/draw`, wanted);
    expect([plain.status, plain.headers['content-type']]).toEqual([200, 'image/png']);
    const same = await post(`${api}/draw`, {
      ...wanted,
      checkpoint: 'checkpoints/step-00000012.safetensors',
    });
    expect(same.body.equals(plain.body)).toBe(true);
    const set = await post(`${api}/draw`, { ...wanted, set: { 0: 3, 99: -3 } });
    expect(set.body.equals(plain.body)).toBe(false);
  });

  test.each([
    ['no count', { ...wanted, count: 0 }, 400],
    ['a number that the latent vector has not', { ...wanted, set: { 100: 1 } }, 400],
    ['a checkpoint outside of the run', { ...wanted, checkpoint: '../../x.safetensors' }, 400],
    ['a checkpoint that is gone', { ...wanted, checkpoint: 'checkpoints/step-00000001.safetensors' }, 404],
    ['no JSON', '{', 400],
    ['100 kB', ' '.repeat(1e5), 413],
  ])('refuses %s', async (_, body, status) => {
    const answer = await post(`${api}/draw`, body);
    expect(answer.status).toBe(status);
    expect(json(answer).message).toMatch(/\.$/);
  });
});

describe('an attack by', () => {
  test.each([
    ['no token', () => ask('/')],
    ['no token, for data', () => ask('/api/runs')],
    ['another token', () => ask(`/${'0'.repeat(32)}/api/runs`)],
    ['the beginning of the token', () => ask(`/${dashboard.token!.slice(0, -1)}/api/runs`)],
    ['another Host, as DNS rebinding sends it', () => within('api/runs', { Host: 'evil.example' })],
    ['another port in Host', () => within('api/runs', { Host: '127.0.0.1:1' })],
    ['another Origin', () => within('api/runs', { Origin: 'https://evil.example' })],
    ['an Origin without a name', () => within('api/runs', { Origin: 'null' })],
    [
      'a page of elsewhere that asks for an end',
      () => post(`${api}/actions`, { action: 'stop' }, { Origin: 'https://evil.example' }),
    ],
    [
      'a form, which has no Origin of ours',
      () => within(`${api}/actions`, { 'Content-Type': 'application/json' }, '{}'),
    ],
  ])('%s is refused', async (_, attack) => {
    const { status, headers, body } = await attack();
    expect(status).toBe(403);
    expect(headers['content-security-policy']).toBeDefined();
    expect(body.toString()).not.toContain('0001');
  });

  test.each([
    '..',
    '../../package.json',
    'page/../../lib/index.ts',
    'page/..%2f..%2fpackage.json',
    'page/%2e%2e/%2e%2e/package.json',
    'page/..%5c..%5cpackage.json',
    'page/%00.js',
    'page/main.js%00',
    'page/%E0%A4%A',
    'lib/constructor',
    'lib/__proto__',
    'page//etc/passwd',
    'api/runs/..',
    'api/runs/constructor/details',
  ])('the address %s is refused', async (target) => {
    const { status } = await within(target);
    expect([400, 404]).toContain(status);
  });

  test.each([
    'files/config.json',
    'files/samples/..%2f..%2fconfig.json',
    'files/samples/../config.json',
    'files/sessions/0001.json',
    'files/checkpoints/step-00000012.safetensors',
    'files/samples/epoch-0002.png/x',
    'files/samples/epoch-9999.png',
    'unknown',
    'actions',
  ])('asking for %s of a run is refused', async (target) => {
    const { status } = await within(`${api}/${target}`);
    expect([400, 404]).toContain(status);
  });

  test('links out of a run is refused: a picture, a checkpoint, a directory for what is asked', async () => {
    writeFileSync(join(folder, 'secret'), 'secret');
    symlinkSync(join(folder, 'secret'), join(run, 'samples', 'epoch-0007.png'));
    symlinkSync(join(folder, 'secret'), join(run, 'checkpoints', 'step-00000099.safetensors'));
    expect((await within(`${api}/files/samples/epoch-0007.png`)).status).toBe(404);
    const wanted = {
      checkpoint: 'checkpoints/step-00000099.safetensors',
      seed: 1,
      count: 1,
      label: null,
      set: {},
    };
    expect((await post(`${api}/draw`, wanted)).status).toBe(404);
    rmSync(join(run, 'checkpoints', 'step-00000099.safetensors'));
  });

  test('an action on a run that nobody trains, or one that there is not, is refused', async () => {
    expect((await post(`${api}/actions`, { action: 'stop' })).status).toBe(409);
    expect((await post(`${api}/actions`, { action: 'rm' })).status).toBe(400);
    expect((await post(`${api}/actions`, { action: 'stop' }, { 'Content-Type': 'text/plain' })).status).toBe(
      415,
    );
  });

  test('connections that are opened and left is survived', async () => {
    const { port } = page;
    const left: Socket[] = [];
    for (let i = 0; i < 10_000; i++) {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      left.push(socket);
      // A system has fewer descriptors for one process than that: some are closed, as who attacks would.
      if (left.length > 400) left.shift()!.destroy();
      if (i % 100 === 0) await new Promise(setImmediate);
    }
    for (const socket of left) socket.destroy();
    expect((await within('api/runs')).status).toBe(200);
  });
});

describe('a dashboard that only shows', () => {
  test('refuses every action', async () => {
    const showing = await createDashboard(folder, { actions: false, token: null });
    const server = createServer(showing.handler).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const headers = { 'Content-Type': 'application/json', Origin: url };
    const answer = await fetch(`${url}/${api}/actions`, {
      method: 'POST',
      headers,
      body: '{"action":"stop"}',
    });
    expect(answer.status).toBe(403);
    server.close();
    await showing.close();
  });
});

describe('a handler that is mounted in another server', () => {
  test('answers below its base, and nowhere else', async () => {
    const mounted = await createDashboard(folder, { base: '/runs/', token: null });
    const server = createServer(mounted.handler).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect((await fetch(`${url}/runs/`)).status).toBe(200);
    expect((await fetch(`${url}/runs/api/runs`)).status).toBe(200);
    expect((await fetch(`${url}/api/runs`)).status).toBe(404);
    server.close();
    await mounted.close();
  });

  test('sends who left the last slash out to the page, also where the server cuts off its own part', async () => {
    const mounted = await createDashboard(folder, { token: null });
    const server = createServer((request, response) => {
      // As Express does.
      Object.assign(request, { originalUrl: request.url, url: request.url!.replace(/^\/runs\/?/, '/') });
      mounted.handler(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const without = await fetch(`${url}/runs`, { redirect: 'manual' });
    expect([without.status, without.headers.get('location')]).toEqual([302, '/runs/']);
    expect((await fetch(`${url}/runs/`)).status).toBe(200);
    server.close();
    await mounted.close();
    const own = await ask(page.pathname.slice(0, -1));
    expect([own.status, own.headers.location]).toEqual([302, page.pathname]);
  });

  test('wants a token that cannot be guessed, and a base with slashes', async () => {
    await expect(createDashboard(folder, { token: 'short' })).rejects.toMatchObject({ code: 'ERR_OPTION' });
    await expect(createDashboard(folder, { base: 'runs' })).rejects.toMatchObject({ code: 'ERR_OPTION' });
  });
});

test('a port that is taken is told', async () => {
  const second = await createDashboard(folder);
  await expect(second.listen(Number(page.port))).rejects.toMatchObject({ code: 'ERR_OPTION' });
  await second.close();
});

test('a folder in which nothing is yet has no runs, and shows the first when it comes', async () => {
  const later = join(temporaryDirectory(), 'runs');
  mkdirSync(later);
  const waiting = await createDashboard(later);
  const url = await waiting.listen();
  const list = async () =>
    ((await (await fetch(new URL('api/runs', url))).json()) as { runs: unknown[] }).runs;
  expect(await list()).toEqual([]);
  mkdirSync(join(later, '0001'));
  writeFileSync(join(later, '0001', 'config.json'), '{}');
  expect(await list()).toHaveLength(1);
  await waiting.close();
});
