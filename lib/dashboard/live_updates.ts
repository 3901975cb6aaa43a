import type { ServerResponse } from 'node:http';
import type { Curves, RunSummary } from '../run/run_view.js';
import type { Runs } from '../run/runs.js';
import { HttpError } from './http_error.js';

/** Pages that may be open at once. */
const mostStreams = 256;
/** Bytes that a page may be behind before it is let go; it comes back by itself, and is told all. */
const mostBehind = 1 << 20;
/** Rows of a run's curves that an event has at most; a page that lacks more asks for them. */
const mostRows = 256;
/** Milliseconds between signs of life, without which proxies give a connection up. */
const heartbeat = 15_000;

/** What is new of a run's curves. Pages that have the rows before need not ask. */
interface NewRows {
  readonly id: string;
  readonly generation: number;
  readonly from: number;
  readonly curves: Curves;
}

/** Tells pages what changes, by server-sent events. As long as there is none, nothing is looked at. */
export class LiveUpdates {
  readonly #streams = new Set<ServerResponse>();
  #watching: AbortController | null = null;
  /** How far the curves of each run were told. */
  readonly #told = new Map<string, Pick<RunSummary, 'generation' | 'rows'>>();
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
    this.#told.clear();
    for (const { id, generation, rows } of this.runs.list()) this.#told.set(id, { generation, rows });
    for await (const change of this.runs.changes(watching.signal)) {
      this.#send(eventOf({ ...change, curves: change.changed.flatMap((run) => this.#newRows(run)) }));
    }
  }

  #newRows({ id, generation, rows }: RunSummary): NewRows[] {
    const told = this.#told.get(id);
    this.#told.set(id, { generation, rows });
    if (told?.generation !== generation || told.rows >= rows || rows - told.rows > mostRows) return [];
    const curves = this.runs.curves(id, told.rows);
    return curves ? [{ id, generation, from: told.rows, curves }] : [];
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
