import type { IncomingMessage, ServerResponse } from 'node:http';
import * as v from 'valibot';
import { openInside, pathInside } from '../files/inside.js';
import { findFittingLibtorch } from '../native/load.js';
import { askRun, runRequests } from '../run/requests.js';
import type { RunSummary } from '../run/run_view.js';
import type { Runs } from '../run/runs.js';
import { type Address, nothingHere } from './address.js';
import { drawGrid, drawRequest } from './drawing.js';
import { HttpError } from './http_error.js';
import { jsonBody, sendJson, sendText } from './json.js';
import type { KeptGenerator } from './kept_generator.js';
import { answerLatents } from './latent_api.js';
import type { LiveUpdates } from './live_updates.js';
import type { Texts } from './texts.js';

/** What the answers are made of. */
export interface ApiParts {
  readonly runs: Runs;
  readonly updates: LiveUpdates;
  readonly generators: KeptGenerator;
  /** What pages were told last: all that follow a run ask for the same. */
  readonly texts: Texts;
  /** Whether pages may ask a training for something. */
  readonly actions: boolean;
}

/** A request below `api/`. */
export interface ApiRequest extends Address {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Bytes of a request's body. */
const longestBody = 1 << 16;

const actionSchema = v.strictObject({ action: v.picklist(runRequests) });

/** Answers, or throws an HttpError or the system's error. */
export async function answerApi(parts: ApiParts, asked: ApiRequest): Promise<void> {
  const [room, id, what, ...rest] = asked.parts;
  if (room === 'events' && id === undefined) return parts.updates.add(asked.response);
  if (room !== 'runs') throw nothingHere();
  // While pages are open the runs are looked at all the time.
  if (!parts.updates.isWatching) await parts.runs.refresh();
  if (id === undefined) {
    const { runs, actions } = parts;
    return sendJson(asked.response, { runs: runs.list(), canAct: actions, canDraw: canDraw() });
  }
  const run = parts.runs.list().find((run) => run.id === id);
  if (!run) throw new HttpError(404, 'There is no such run any more.');
  const key = `${asked.request.method} ${what}`;
  if (key === 'GET curves' && rest.length === 0) return sendCurves(parts, run, asked);
  if (key === 'GET details' && rest.length === 0) return sendDetails(parts, run, asked);
  if (key === 'GET files' && rest.length === 2) return sendSample(run, rest.join('/'), asked);
  if (key === 'POST actions' && rest.length === 0) return act(parts, run, asked);
  if (key === 'POST draw' && rest.length === 0) return draw(parts, run, asked);
  if (key === 'POST latents' && rest.length === 1) return latents(parts, run, rest[0]!, asked);
  throw nothingHere();
}

/** Whether there is a libtorch, which draws. */
function canDraw(): boolean {
  try {
    findFittingLibtorch();
    return true;
  } catch {
    return false;
  }
}

function sendCurves(
  { runs, texts }: ApiParts,
  { id, generation, rows }: RunSummary,
  asked: ApiRequest,
): void {
  const { query, response } = asked;
  const isSame = query.get('generation') === String(generation);
  const from = isSame ? Math.min(Math.max(0, Math.floor(Number(query.get('from')) || 0)), rows) : 0;
  const make = () => JSON.stringify({ generation, from, curves: runs.curves(id, from) });
  sendText(response, texts.of(`${id} ${generation} ${from} ${rows}`, make));
}

function sendDetails(
  { runs, texts }: ApiParts,
  { id, revision }: RunSummary,
  { response }: ApiRequest,
): void {
  sendText(
    response,
    texts.of(`${id} ${revision}`, () => JSON.stringify(runs.details(id))),
  );
}

async function sendSample({ directory }: RunSummary, name: string, asked: ApiRequest): Promise<void> {
  if (!/^samples\/(epoch|step)-\d{4,16}\.png$/.test(name)) throw nothingHere();
  const { file, size } = await openInside(directory, name).catch(() => {
    throw nothingHere();
  });
  try {
    const { mtimeMs } = await file.stat();
    const tag = `"${mtimeMs}-${size}"`;
    const headers = { ETag: tag, 'Cache-Control': 'private, no-cache' };
    if (asked.request.headers['if-none-match'] === tag) {
      asked.response.writeHead(304, headers).end();
      return;
    }
    const bytes = await file.readFile();
    asked.response.writeHead(200, { ...headers, 'Content-Type': 'image/png' }).end(bytes);
  } finally {
    await file.close();
  }
}

async function act(parts: ApiParts, { directory, state }: RunSummary, asked: ApiRequest): Promise<void> {
  if (!parts.actions) throw new HttpError(403, 'This dashboard only shows.');
  const { success, output } = v.safeParse(actionSchema, await jsonBody(asked.request, longestBody));
  if (!success) throw new HttpError(400, `What can be asked: ${runRequests.join(', ')}.`);
  if (state !== 'running' && state !== 'stale') throw new HttpError(409, 'Nobody trains this run now.');
  await askRun(directory, output.action);
  sendJson(asked.response, { said: 'Asked. It is done between two steps.' }, 202);
}

async function draw(parts: ApiParts, run: RunSummary, asked: ApiRequest): Promise<void> {
  const wanted = drawRequest(await jsonBody(asked.request, longestBody));
  const path = await checkpointOf(parts, run, wanted.checkpoint);
  const picture = await parts.generators.use(path, ({ generator }) => drawGrid(generator, wanted));
  asked.response.writeHead(200, { 'Content-Type': 'image/png' }).end(picture);
}

function latents(parts: ApiParts, run: RunSummary, tool: string, asked: ApiRequest): Promise<void> {
  const { generators } = parts;
  const { directory } = run;
  const find = (name: string | null) => checkpointOf(parts, run, name);
  return answerLatents({ generators, directory, checkpointOf: find }, tool, asked);
}

/** The path of a run's checkpoint; of its newest for null. @throws HttpError 409 before the first, 404 for one that is gone. */
async function checkpointOf({ runs }: ApiParts, run: RunSummary, wanted: string | null): Promise<string> {
  const name = wanted ?? runs.details(run.id)?.checkpoints[0]?.file;
  if (name === undefined) throw new HttpError(409, 'This run has no checkpoint yet.');
  return pathInside(run.directory, name).catch(() => {
    throw new HttpError(404, 'That checkpoint is gone. Take a newer one.');
  });
}
