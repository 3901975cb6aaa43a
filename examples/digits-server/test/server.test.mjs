import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { GanTrainer, Generator } from 'dcgan-native';
import { createDigitsServer } from '../dist/server.js';

const directory = mkdtempSync(join(tmpdir(), 'digits-server-'));
let server;
let base;

before(async () => {
  const checkpoint = join(directory, 'model.safetensors');
  // A model that learned nothing draws as fast as one that did.
  const trainer = new GanTrainer({ seed: 1 });
  await trainer.save(checkpoint);
  trainer.dispose();
  server = spawn(process.execPath, ['dist/main.js', checkpoint, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: server.stdout }), 'line');
  base = /http:\/\/127\.0\.0\.1:\d+/.exec(line)[0];
});

after(async () => {
  if (server.exitCode === null) {
    server.kill();
    await once(server, 'exit');
  }
  rmSync(directory, { recursive: true, force: true });
});

const digits = (query) => fetch(`${base}/digits.png${query}`);
const pictureOf = async (response) => Buffer.from(await response.arrayBuffer());

/** Width and height of a PNG, from its header. */
function sizeOf(png) {
  assert.equal(png.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n');
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

test('draws as many digits as were asked for, in a grid', async () => {
  const response = await digits('?seed=1&count=16');
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'image/png');
  assert.deepEqual(sizeOf(await pictureOf(response)), [4 * 30 - 2, 4 * 30 - 2]);
});

test('draws the same digits for the same seed, and others for another', async () => {
  const [a, b, c] = await Promise.all(
    ['?seed=1', '?seed=1', '?seed=2'].map(async (q) => pictureOf(await digits(q))),
  );
  assert.ok(a.equals(b));
  assert.ok(!a.equals(c));
});

for (const query of [
  '?count=0',
  '?count=257',
  '?count=1.5',
  '?count=',
  '?count=1e2',
  '?seed=-1',
  '?seed=x',
  '?seed=9007199254740993',
  '?seed=1&seed=2',
  '?size=3',
  '?toString=1',
  '?constructor=1',
  '?__proto__=1',
]) {
  test(`refuses ${query} with a sentence`, async () => {
    const response = await digits(query);
    assert.equal(response.status, 400);
    assert.match((await response.json()).error, /^(Parameter|There is no parameter) .+\.$/);
  });
}

test('answers 404 elsewhere, and 405 to other methods', async () => {
  assert.equal((await fetch(`${base}/letters.png`)).status, 404);
  const response = await fetch(`${base}/digits.png`, { method: 'POST' });
  assert.equal(response.status, 405);
  assert.equal(response.headers.get('allow'), 'GET, HEAD');
});

test('answers 200 requests at once while its event loop turns', async () => {
  await fetch(`${base}/health`);
  const start = performance.now();
  const pictures = await Promise.all(
    Array.from({ length: 200 }, async (_, seed) => {
      const response = await digits(`?seed=${seed}&count=16`);
      assert.equal(response.status, 200);
      return pictureOf(response);
    }),
  );
  const milliseconds = performance.now() - start;
  const { eventLoopDelay } = await (await fetch(`${base}/health`)).json();
  console.log(
    `200 pictures in ${milliseconds.toFixed(0)} ms; the event loop stood still for ${eventLoopDelay.toFixed(0)} ms at most`,
  );
  assert.equal(new Set(pictures.map((png) => png.toString('base64'))).size, 200);
  // Milliseconds. Drawing on the event loop would hold it for the whole time; a busy machine holds it for a while.
  assert.ok(
    eventLoopDelay < Math.max(100, milliseconds / 4),
    `it stood still for ${eventLoopDelay} ms of ${milliseconds}`,
  );
});

/** Uses a server with these limits, with the seeds of the pictures that it has drawn and the addresses that were asked for. */
async function smallServer(limits, use) {
  const generator = await Generator.load(join(directory, 'model.safetensors'));
  const seeds = [];
  const png = (count, options) => {
    seeds.push(options.seed);
    return generator.png(count, options);
  };
  const small = createDigitsServer({ device: generator.device, png }, limits).listen(0, '127.0.0.1');
  const asked = [];
  small.on('request', ({ url }) => asked.push(url));
  await once(small, 'listening');
  try {
    await use(`http://127.0.0.1:${small.address().port}/digits.png`, seeds, asked);
  } finally {
    small.close();
    small.closeAllConnections();
    generator.dispose();
  }
}

test('sends away those for whom there is no place in the line, and serves the others', () =>
  smallServer({ atOnce: 1, waiting: 2 }, async (address, seeds) => {
    const requests = Array.from({ length: 12 }, (_, seed) => fetch(`${address}?seed=${seed}&count=256`));
    const responses = await Promise.all(requests);
    const away = responses.filter(({ status }) => status === 503);
    assert.ok(away.length > 0);
    assert.equal(away.length + seeds.length, 12);
    for (const response of away) {
      assert.equal(response.headers.get('retry-after'), '1');
      assert.match((await response.json()).error, /Try again/);
    }
    assert.equal((await fetch(`${address}?seed=1`)).status, 200);
  }));

test('draws nothing for a client that has gone', () =>
  smallServer({ atOnce: 1, waiting: 100 }, async (address, seeds, asked) => {
    const first = fetch(`${address}?seed=0&count=256`);
    while (seeds.length === 0) await delay(1);
    const leaving = new AbortController();
    const gone = Array.from({ length: 20 }, (_, i) =>
      fetch(`${address}?seed=${100 + i}&count=256`, { signal: leaving.signal }),
    );
    while (asked.length < 21) await delay(1);
    const last = fetch(`${address}?seed=1&count=256`);
    leaving.abort();
    for (const ended of await Promise.allSettled(gone)) assert.equal(ended.status, 'rejected');
    assert.equal((await first).status, 200);
    assert.equal((await last).status, 200);
    assert.ok(seeds.length < 10, `drawn: ${seeds}`);
  }));

test('ends on SIGTERM once those who wait have their pictures', async () => {
  const waiting = [1, 2, 3].map((seed) => digits(`?seed=${seed}&count=100`));
  await (await digits('?seed=4')).arrayBuffer();
  server.kill();
  const [exitCode] = await once(server, 'exit');
  assert.equal(exitCode, 0);
  for (const response of await Promise.all(waiting)) assert.equal(response.status, 200);
});
