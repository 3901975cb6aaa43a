import type { ServerResponse } from 'node:http';
import { encodeLatents } from '../latent/latents_file.js';
import { drawNormal } from '../latent/philox.js';
import { nothingHere } from './address.js';
import type { ApiRequest } from './api.js';
import { HttpError, saidOf } from './http_error.js';
import { jsonBody, sendJson } from './json.js';
import type { KeptGenerator, Loaded } from './kept_generator.js';
import { type LatentRequest, type LatentTool, latentRequests, longestBody } from './latent_requests.js';
import { base64, describe, drawPixels, film, inpaint, type Job, pictures, project } from './latent_tools.js';
import { checkedBody } from './schemas.js';
import { directionsOf } from './shown_directions.js';

/** Whose latent space is asked for. */
export interface LatentParts {
  readonly generators: KeptGenerator;
  /** A run's. */
  readonly directory: string;
  /** The path of one of its checkpoints. @throws HttpError */
  readonly checkpointOf: (name: string | null) => Promise<string>;
}

/** Where an answer goes. */
interface Asker {
  readonly directory: string;
  readonly response: ServerResponse;
  /** Aborted when the page is gone, or does not want it any more. */
  readonly signal: AbortSignal;
}

/**
 * What answers. None waits until a page has read what it sent: the next page's job would wait, too. All of it fits the memory.
 */
const answers: {
  readonly [T in LatentTool]: (loaded: Loaded, request: LatentRequest<T>, asker: Asker) => Promise<unknown>;
} = {
  model: async (loaded, _, { response, directory }) => {
    const { directions, notice } = await directionsOf(loaded, directory);
    const sent = directions.map(({ name, vector }) => ({ name, vector: base64(vector) }));
    sendJson(response, { ...describe(loaded.generator), directions: sent, notice });
  },
  seeds: async ({ generator }, { seeds }, { response }) => {
    const { latentSize } = generator.options;
    sendJson(response, { latents: seeds.map((seed) => base64(drawNormal(seed, 0, latentSize))) });
  },
  draw: async ({ generator }, request, { response }) => {
    sendBytes(response, await drawPixels(generator, request));
  },
  frames: async ({ generator }, request, { response, signal }) => {
    for await (const pixels of pictures(generator, request, { signal })) {
      if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
      response.write(pixels);
    }
    response.end();
  },
  film: async ({ generator }, request, { response, signal }) => {
    sendBytes(response, await film(generator, request, { signal }), 'image/webp');
  },
  file: async ({ generator: { options, digest } }, { latents, labels }, { response }) => {
    const { latentSize } = options;
    const classes = labels && Int32Array.from(labels);
    const saved = { latents, latentSize, labels: classes, generator: digest };
    sendBytes(response, Buffer.concat(encodeLatents(saved)));
  },
  project: ({ generator }, request, asker) => sendJob(asker, (job) => project(generator, request, job)),
  inpaint: ({ generator }, request, asker) => sendJob(asker, (job) => inpaint(generator, request, job)),
};

/** Answers what is asked of a latent space, or throws an HttpError, a DcganError or the system's error. */
export async function answerLatents(
  { generators, directory, checkpointOf }: LatentParts,
  tool: string,
  { request, response }: ApiRequest,
): Promise<void> {
  if (!isTool(tool)) throw nothingHere();
  const asked = checkedBody(latentRequests[tool], await jsonBody(request, longestBody));
  const path = await checkpointOf(asked.checkpoint);
  const signal = abortedWith(response);
  // What a tool answers takes what its own schema has made; the compiler does not follow that through two tables.
  const answer = answers[tool] as (loaded: Loaded, asked: unknown, asker: Asker) => Promise<unknown>;
  await generators.use(path, (loaded) => answer(loaded, asked, { directory, response, signal }), signal);
}

const isTool = (name: string): name is LatentTool => Object.hasOwn(latentRequests, name);

/** What is aborted when a response ends, before all was said, too. */
function abortedWith(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort(new HttpError(499, 'The page has gone.')));
  return controller.signal;
}

function sendBytes(response: ServerResponse, bytes: Uint8Array, type = 'application/octet-stream'): void {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': bytes.length }).end(bytes);
}

/**
 * Tells how far a job is and then what came of it, a line of JSON each: `progress`, and at the end `result` or `error`. What goes
 * wrong before there was any progress is thrown.
 */
async function sendJob({ response, signal }: Asker, work: (job: Job) => Promise<unknown>): Promise<void> {
  const tell = (line: unknown) => {
    if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
    response.write(`${JSON.stringify(line)}\n`);
  };
  try {
    tell({ result: await work({ signal, onProgress: (progress) => tell({ progress }) }) });
  } catch (error) {
    if (!response.headersSent) throw error;
    tell({ error: saidOf(error).said });
  }
  response.end();
}
