import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  createDashboard,
  type Dashboard,
  GanTrainer,
  Generator,
  readLatents,
  writeDirections,
} from '../../lib/index.js';
import { temporaryDirectory } from '../cli/helpers.js';
import { smallMnist } from '../support/small_mnist.js';

const latentSize = 20;
const size = 28 * 28;
const folder = temporaryDirectory();
const run = join(folder, '0001');
const directionsFile = join(run, 'directions.safetensors');
let dashboard: Dashboard;
let page: URL;
let api: string;
let generator: Generator;

beforeAll(async () => {
  const options = { batchSize: 4, features: 16, latentSize, seed: 3, threads: 1, data: smallMnist(24) };
  const trainer = new GanTrainer(options);
  await trainer.fit(2, { outDir: run, logEvery: 1 });
  trainer.dispose();
  generator = await Generator.load(run, { device: 'cpu', threads: 1 });
  dashboard = await createDashboard(folder);
  page = new URL(await dashboard.listen());
  const { runs } = (await (await fetch(new URL('api/runs', page))).json()) as { runs: { id: string }[] };
  api = `api/runs/${runs[0]!.id}/latents`;
});

afterAll(async () => {
  await dashboard.close();
  generator.dispose();
});

function post(tool: string, body: unknown, more: RequestInit = {}): Promise<Response> {
  const headers = { 'Content-Type': 'application/json', Origin: page.origin };
  const wanted = { checkpoint: null, ...(body as object) };
  return fetch(new URL(`${api}/${tool}`, page), {
    method: 'POST',
    headers,
    body: JSON.stringify(wanted),
    ...more,
  });
}

const base64 = (array: Float32Array | Uint8Array) =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64');
const floats = (text: string) => new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
const pixels = (images: Float32Array) =>
  Buffer.from(Uint8ClampedArray.from(images, (value) => (value + 1) * 127.5));

interface Line {
  readonly progress?: { readonly done: number; readonly of: number };
  readonly result?: {
    readonly latents: string;
    readonly labels: null;
    readonly pixels: string;
    readonly errors: number[];
  };
  readonly error?: { readonly code: string; readonly message: string };
}

const linesOf = async (response: Response): Promise<Line[]> =>
  (await response.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** A picture that the generator draws, and its middle. */
async function pictureAndMask() {
  const { data } = await generator.generate(1, { seed: 7 });
  const mask = new Uint8Array(size);
  for (let y = 7; y < 21; y++) mask.fill(1, 28 * y + 7, 28 * y + 21);
  return { picture: pixels(data), mask };
}

describe('the latent space of a checkpoint', () => {
  const seeds = [1, 2, 3];
  const vectors = async () => {
    const { latents } = (await (await post('seeds', { seeds })).json()) as { latents: string[] };
    return Float32Array.from(latents.flatMap((latent) => [...floats(latent)]));
  };

  test('is told: sizes, and directions of the first layer where the run has none', async () => {
    const model = await (await post('model', {})).json();
    expect(model).toMatchObject({ latentSize, classes: 0, width: 28, height: 28, colours: 1 });
    expect(model).toMatchObject({ takesPictures: true, notice: null });
    const { directions } = model as { directions: { name: string; vector: string }[] };
    expect(directions.map(({ name }) => name).slice(0, 2)).toEqual(['sefa-1', 'sefa-2']);
    expect(Math.hypot(...floats(directions[0]!.vector))).toBeCloseTo(1, 5);
  });

  test("has the run's directions, unless they are of another generator or damaged, which is told", async () => {
    const vector = new Float32Array(latentSize).fill(1 / Math.sqrt(latentSize));
    const directions = [{ name: 'slant', vector, report: null }];
    const model = async () => {
      const told = await (await post('model', {})).json();
      return told as { directions: { name: string }[]; notice: string | null };
    };
    await writeDirections(directionsFile, { generator: generator.digest, latentSize, directions });
    expect(await model()).toMatchObject({ directions: [{ name: 'slant' }], notice: null });
    await writeDirections(directionsFile, { generator: '0'.repeat(64), latentSize, directions });
    const { directions: others, notice } = await model();
    expect(others[0]!.name).toBe('sefa-1');
    expect(notice).toContain('another checkpoint');
    await writeFile(directionsFile, 'damaged');
    expect((await model()).notice).toContain('cannot be used');
    rmSync(directionsFile);
  });

  test('is drawn from: the images that generate draws', async () => {
    const latents = await vectors();
    const response = await post('draw', { latents: base64(latents), labels: null });
    const { data } = await generator.generate(3, { noise: latents });
    expect(Buffer.from(await response.arrayBuffer())).toEqual(pixels(data));
  });

  test('is gone through, as frames and as a film', async () => {
    const way = { latents: base64(await vectors()), labels: null, mode: 'spherical', closed: true };
    const frames = Buffer.from(await (await post('frames', { ...way, frames: 6 })).arrayBuffer());
    expect(frames.length).toBe(6 * size);
    const { data } = await generator.generate(3, { noise: await vectors() });
    for (const i of [0, 1, 2]) {
      const frame = frames.subarray(2 * i * size, (2 * i + 1) * size);
      expect(frame).toEqual(pixels(data.subarray(i * size, (i + 1) * size)));
    }
    const film = await post('film', { ...way, frames: 6, fps: 10 });
    expect(film.headers.get('content-type')).toBe('image/webp');
    expect(Buffer.from(await film.arrayBuffer()).toString('latin1', 8, 12)).toBe('WEBP');
  });

  test('gives files of latents, which can be read again', async () => {
    const latents = await vectors();
    const response = await post('file', { latents: base64(latents), labels: null });
    const file = join(folder, 'latents.safetensors');
    await writeFile(file, Buffer.from(await response.arrayBuffer()));
    const read = await readLatents(file);
    expect(read).toMatchObject({ latentSize, labels: null, generator: generator.digest });
    expect(read.latents).toEqual(latents);
  });

  test('is searched for a picture, with progress', async () => {
    const { picture } = await pictureAndMask();
    const response = await post('project', { picture: base64(picture), label: null, seed: 1 });
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = await linesOf(response);
    expect(lines[0]!.progress).toMatchObject({ done: expect.any(Number), of: expect.any(Number) });
    const { latents, pixels: found, errors } = lines.at(-1)!.result!;
    expect(floats(latents)).toHaveLength(latentSize);
    const difference = Buffer.from(found, 'base64').map((value, i) => Math.abs(value - picture[i]!));
    const meanSquare = difference.reduce((sum, value) => sum + (value / 127.5) ** 2, 0) / size;
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeCloseTo(meanSquare, 3);
  });

  test('has several answers to what is missing, and leaves what is not as it is', async () => {
    const { picture, mask } = await pictureAndMask();
    const asked = { picture: base64(picture), mask: base64(mask), label: null, seed: 1, answers: 2 };
    const lines = await linesOf(await post('inpaint', asked));
    const { pixels: found, latents } = lines.at(-1)!.result!;
    expect(floats(latents)).toHaveLength(2 * latentSize);
    for (const answer of [0, 1]) {
      const drawn = Buffer.from(found, 'base64').subarray(answer * size, (answer + 1) * size);
      expect(drawn.filter((value, i) => mask[i] === 0 && value !== picture[i])).toHaveLength(0);
    }
  });
});

describe('what is wrong is refused with a sentence:', () => {
  const latents = base64(new Float32Array(latentSize));
  const two = base64(new Float32Array(2 * latentSize).fill(0.5));
  const picture = base64(new Uint8Array(size));
  const mask = base64(new Uint8Array(size).fill(1, 0, 300));
  const inpaint = { picture, mask, label: null, seed: 1, answers: 1 };
  const way = { latents: two, labels: null, frames: 4, mode: 'spherical', closed: true };

  test.each([
    ['another tool', 'unknown', {}, 404],
    ['a part of every object', 'constructor', {}, 404],
    ['no latents', 'draw', { labels: null }, 400],
    ['what is no base64', 'draw', { latents: '"', labels: null }, 400],
    ['half a number', 'draw', { latents: 'AAA=', labels: null }, 400],
    ['half a latent', 'draw', { latents: base64(new Float32Array(latentSize / 2)), labels: null }, 422],
    ['a NaN', 'draw', { latents: base64(new Float32Array(latentSize).fill(Number.NaN)), labels: null }, 422],
    ['a label where there are no classes', 'draw', { latents, labels: [1] }, 422],
    ['a million labels', 'draw', { latents, labels: new Array(1e5).fill(1) }, 400],
    ['something more', 'draw', { latents, labels: null, more: 1 }, 400],
    ['too many seeds', 'seeds', { seeds: new Array(100).fill(1) }, 400],
    ['no frames', 'frames', { ...way, frames: 0 }, 400],
    ['a million frames', 'film', { ...way, frames: 1e6, fps: 10 }, 400],
    ['a single latent to go between', 'frames', { ...way, latents }, 422],
    ['half a picture', 'project', { picture: picture.slice(0, 400), label: null, seed: 1 }, 422],
    [
      'a mask of another size',
      'inpaint',
      { ...inpaint, mask: base64(new Uint8Array(size - 1).fill(1)) },
      422,
    ],
    ['an empty mask', 'inpaint', { ...inpaint, mask: base64(new Uint8Array(size)) }, 422],
    ['a full mask', 'inpaint', { ...inpaint, mask: base64(new Uint8Array(size).fill(1)) }, 422],
    ['a hundred answers', 'inpaint', { ...inpaint, answers: 100 }, 400],
    ['a checkpoint elsewhere', 'model', { checkpoint: '../x.safetensors' }, 400],
    ['a checkpoint that is gone', 'model', { checkpoint: 'checkpoints/step-00000001.safetensors' }, 404],
    ['two megabytes', 'draw', { latents: 'A'.repeat(2e6), labels: null }, 413],
  ])('%s', async (_, tool, body, status) => {
    const response = await post(tool, body);
    expect(response.status).toBe(status);
    const { code, message } = (await response.json()) as { code: string; message: string };
    expect(code).toMatch(/^ERR_/);
    expect(message).toMatch(/\.$/);
  });

  test('whoever has no token, or another page, gets nothing', async () => {
    const body = JSON.stringify({ checkpoint: null });
    const headers = { 'Content-Type': 'application/json', Origin: page.origin };
    const without = await fetch(new URL(`/${api}/model`, page), { method: 'POST', headers, body });
    expect(without.status).toBe(403);
    const other = await post('model', {}, { headers: { ...headers, Origin: 'https://evil.example' } });
    expect(other.status).toBe(403);
    const form = await post('model', {}, { headers: { Origin: page.origin } });
    expect(form.status).toBe(415);
    expect((await fetch(new URL(`${api}/model`, page))).status).toBe(404);
  });
});

describe('a search', () => {
  afterEach(() => jest.restoreAllMocks());

  /** Stands for a search that ends when it is ended, and not before. */
  function endless() {
    const ended = jest.fn();
    jest.spyOn(Generator.prototype, 'project').mockImplementation((_, { signal, onProgress } = {}) => {
      onProgress?.({ done: 1, of: 2 });
      return new Promise((_, reject) => {
        signal!.addEventListener('abort', () => {
          ended();
          reject(signal!.reason);
        });
      });
    });
    return ended;
  }

  /** Asks for a search as a page that may go away. */
  async function visit() {
    const { picture } = await pictureAndMask();
    const headers = { 'Content-Type': 'application/json', Origin: page.origin };
    const visitor = request(new URL(`${api}/project`, page), { method: 'POST', headers });
    visitor.on('error', () => undefined);
    visitor.end(JSON.stringify({ checkpoint: null, picture: base64(picture), label: null, seed: 1 }));
    return visitor;
  }

  test('ends when its page goes away, and those that waited go on', async () => {
    const ended = endless();
    const searching = await visit();
    const [response] = (await once(searching, 'response')) as [IncomingMessage];
    await once(response, 'data');
    // One waits and leaves as well, before it was begun; another one waits until it is its turn.
    const waitingInVain = await visit();
    await setTimeout(200);
    const waiting = post('seeds', { seeds: [1] });
    waitingInVain.destroy();
    await setTimeout(200);
    expect(ended).not.toHaveBeenCalled();
    searching.destroy();
    expect((await waiting).status).toBe(200);
    expect(ended).toHaveBeenCalledTimes(1);
    expect(Generator.prototype.project).toHaveBeenCalledTimes(1);
  });

  test('that fails midway says why in its last line', async () => {
    jest.spyOn(Generator.prototype, 'project').mockImplementation(async (_, { onProgress } = {}) => {
      onProgress?.({ done: 1, of: 2 });
      throw new Error('It cannot be.');
    });
    const { picture } = await pictureAndMask();
    const lines = await linesOf(await post('project', { picture: base64(picture), label: null, seed: 1 }));
    expect(lines).toEqual([
      { progress: { done: 1, of: 2 } },
      { error: { code: 'ERR_INTERNAL', message: 'It cannot be.' } },
    ]);
  });

  test('is refused where too many wait', async () => {
    endless();
    const visitors = await Promise.all(Array.from({ length: 33 }, visit));
    const refused = visitors.map(async (visitor) => {
      const [{ statusCode }] = (await once(visitor, 'response')) as [IncomingMessage];
      return statusCode === 503 ? 'refused' : new Promise<never>(() => undefined);
    });
    expect(await Promise.race(refused)).toBe('refused');
    for (const visitor of visitors) visitor.destroy();
    expect((await post('seeds', { seeds: [1] })).status).toBe(200);
  });
});
