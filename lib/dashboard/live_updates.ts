import type { ServerResponse } from 'node:http';
import type { Runs } from '../run/runs.js';
import { HttpError } from './http_error.js';

/** Pages that may be open at once. */
const mostStreams = 256;
/** Bytes that a page may be behind before it is let go; it comes back by itself, and is told all. */
const mostBehind = 1 << 20;
/** Milliseconds between signs of life, without which proxies give a connection up. */
const heartbeat = 15_000;

/** Tells pages what changes, by server-sent events. As long as there is none, nothing is looked at. */
export class LiveUpdates {
  readonly #streams = new Set<ServerResponse>();
  #watching: AbortController | null = null;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(private readonly runs: Runs) {
    this.#heartbeat = setInterval(() => this.#send(': \n\n'), heartbeat).unref();
  }

  /** Whether what the runs are said to be is kept up to date. */
  get isWatching(): boolean {
    return this.#watching !== null;
  }

  /** Makes an answer a stream of events, of which the first has all runs. @throws HttpError 503 when there are too many. */
  async add(response: ServerResponse): Promise<void> {
    if (this.#streams.size >= mostStreams) throw new HttpError(503, 'Too many pages are open.');
    if (!this.isWatching) await this.runs.refresh();
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    response.write(`retry: 1000\n${eventOf({ changed: this.runs.list(), removed: [], all: true })}`);
    this.#streams.add(response);
    response.on('close', () => this.#leave(response));
    if (response.destroyed) this.#leave(response);
    else if (!this.isWatching) void this.#watch();
  }

  /** Ends all streams. */
  close(): void {
    clearInterval(this.#heartbeat);
    this.#watching?.abort();
    for (const stream of this.#streams) stream.end();
  }

  #leave(response: ServerResponse): void {
    this.#streams.delete(response);
    if (this.#streams.size > 0) return;
    this.#watching?.abort();
    this.#watching = null;
  }

  async #watch(): Promise<void> {
    const watching = new AbortController();
    this.#watching = watching;
    for await (const change of this.runs.changes(watching.signal)) this.#send(eventOf(change));
  }

  #send(text: string): void {
    for (const stream of this.#streams) {
      if (stream.writableLength > mostBehind) stream.destroy();
      else stream.write(text);
    }
  }
}

/** The data of an event is one line. */
const eventOf = (change: object): string => `event: runs\ndata: ${JSON.stringify(change)}\n\n`;
