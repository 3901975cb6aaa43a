import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as v from 'valibot';
import { DcganError } from '../errors.js';
import { check } from '../options.js';
import { openRuns, type Runs } from '../run/runs.js';
import { addressOf, nothingHere } from './address.js';
import { type ApiParts, answerApi } from './api.js';
import { checkOrigin, isToken, safeHeaders } from './guard.js';
import { HttpError, saidOf } from './http_error.js';
import { sendJson } from './json.js';
import { KeptGenerator } from './kept_generator.js';
import { LiveUpdates } from './live_updates.js';
import { pageFile } from './page_files.js';
import { Texts } from './texts.js';

/** How a dashboard answers. */
export interface DashboardOptions {
  /**
   * The first part of every address below the dashboard; whoever does not know it sees nothing. null where a server that the handler
   * is mounted in decides who may see it. Default: a random one.
   */
  readonly token?: string | null;
  /** What comes before that in the path of a request as the handler gets it: `/runs/`, say, in a server that does not cut it off. Default `/`. */
  readonly base?: string;
  /** Whether pages may ask a training to save, to draw a picture, and to stop. Default true. */
  readonly actions?: boolean;
}

const schema = v.strictObject({
  token: v.optional(v.nullable(v.pipe(v.string(), v.regex(/^[\w-]{16,128}$/, 'must be 16 letters or more')))),
  base: v.optional(v.pipe(v.string(), v.regex(/^\/(.*\/)?$/, 'must begin and end with a slash')), '/'),
  actions: v.optional(v.boolean(), true),
});

/** Connections at once; more are closed as they come. */
const mostConnections = 1024;
/** Milliseconds in which a request's head has to be there, and all of it. */
const patience = { headersTimeout: 10_000, requestTimeout: 30_000 } as const;

/**
 * Makes a page over runs, dead or alive: curves, pictures, events and checkpoints, which follows a run as it is written. It reads
 * their directories, and needs nothing else.
 * @param paths run directories, and folders of runs, in which later ones show up by themselves
 * @throws DcganError those of `openRuns`, ERR_OPTION.
 * @example
 * const dashboard = await createDashboard('runs');
 * console.log(await dashboard.listen());
 */
export async function createDashboard(
  paths: string | readonly string[],
  options: DashboardOptions = {},
): Promise<Dashboard> {
  const { token = randomBytes(16).toString('hex'), base, actions } = check(schema, options);
  return new Dashboard(await openRuns(paths), token, base, actions);
}

/**
 * A page over some runs, as a handler of requests and as a server of its own.
 * @example
 * const dashboard = await createDashboard('runs', { token: null, actions: false });
 * createServer(dashboard.handler).listen(8080);
 */
export class Dashboard {
  readonly #parts: ApiParts;
  #server: Server | null = null;
  /** The names that its own server goes by. */
  #hosts: ReadonlySet<string> | null = null;

  /** Not to be called: `createDashboard` makes these. */
  constructor(
    runs: Runs,
    readonly token: string | null,
    private readonly base: string,
    actions: boolean,
  ) {
    const updates = new LiveUpdates(runs);
    this.#parts = { runs, updates, generators: new KeptGenerator(), texts: new Texts(), actions };
  }

  /**
   * Answers a request, for servers of one's own: `http.createServer(dashboard.handler)`, `app.use('/runs', dashboard.handler)` in
   * Express, `dashboard.handler(request.raw, reply.hijack().raw)` in Fastify.
   */
  readonly handler = (request: IncomingMessage, response: ServerResponse): void => {
    void this.#answer(request, response).catch((error: unknown) => refuse(response, error));
  };

  /**
   * Serves the page on this machine alone.
   * @param port 0 for any that is free
   * @returns its address, which holds the token
   * @throws DcganError ERR_OPTION when the port cannot be had.
   */
  async listen(port = 0): Promise<string> {
    const server = createServer(patience, this.handler);
    server.maxConnections = mostConnections;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => reject(cannotListen(port, cause)));
      server.listen(port, '127.0.0.1', resolve);
    });
    this.#server = server;
    const { port: taken } = server.address() as AddressInfo;
    this.#hosts = new Set(['127.0.0.1', 'localhost'].map((name) => `${name}:${taken}`));
    return `http://127.0.0.1:${taken}${this.base}${this.token === null ? '' : `${this.token}/`}`;
  }

  /** Ends what pages have open, and the server where there is one. */
  async close(): Promise<void> {
    this.#parts.updates.close();
    this.#parts.generators.dispose();
    const server = this.#server;
    if (!server) return;
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(safeHeaders)) response.setHeader(name, value);
    checkOrigin(request, this.#hosts);
    const { parts, query } = addressOf(request.url ?? '', this.base);
    const within = this.#admitted(parts);
    // Addresses within the page are relative to it, which takes a slash.
    const path = pathAsTyped(request);
    if (within.length === 0 || (within[0] === '' && !path.endsWith('/'))) {
      response.writeHead(302, { Location: `${path}/` }).end();
      return;
    }
    if (within[0] === 'api') {
      await answerApi(this.#parts, { request, response, parts: within.slice(1), query });
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') throw nothingHere();
    const { type, bytes } = await pageFile(within);
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': bytes.length }).end(bytes);
  }

  /** What of a path comes after the token. @throws HttpError 403 for another token. */
  #admitted(parts: readonly string[]): readonly string[] {
    if (this.token === null) return parts;
    if (isToken(parts[0], this.token)) return parts.slice(1);
    throw new HttpError(
      403,
      'Open the address that the command has printed: it holds a token, and this does not.',
    );
  }
}

/** The path of a request before a server, such as Express, cut off where the handler is mounted. */
function pathAsTyped({
  url,
  originalUrl = url,
}: IncomingMessage & { readonly originalUrl?: string }): string {
  return (originalUrl ?? '').split('?', 1)[0]!;
}

/** Says why there is no answer. */
function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // The rest of a body that nobody reads would stand in the way of the next request.
  if (!response.req.complete) response.setHeader('Connection', 'close');
  const { status, said } = saidOf(error);
  sendJson(response, said, status);
}

function cannotListen(port: number, cause: Error): DcganError {
  const said = `Option 'port' is wrong: port ${port} cannot be had (${(cause as NodeJS.ErrnoException).code}). Choose another one, or 0 for any that is free.`;
  return new DcganError('ERR_OPTION', said, { value: port, cause });
}
