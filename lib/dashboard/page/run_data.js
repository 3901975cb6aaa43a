import { getJson, runPath } from './api.js';
import { Columns } from './columns.js';
import { Refresher } from './refresher.js';

/** The curves and the details of a run, which follow its summary for as long as somebody looks at it. */
export class RunData {
  curves = new Columns();
  /** Null until they are loaded. */
  details = null;
  /** Another number when there are other curves. */
  version = 0;
  #problems = { curves: null, details: null };
  #generation = -1;
  #summary = null;
  #refreshers;

  constructor(id, onChange) {
    const onEnd = (part) => (problem) => {
      this.#problems[part] = problem;
      onChange();
    };
    const versionOf = (name) => () => this.#summary?.[name];
    const rows = () => this.#summary && `${this.#summary.generation} ${this.#summary.rows}`;
    this.#refreshers = [
      new Refresher({
        wanted: () => rows() ?? undefined,
        load: () => this.#loadCurves(id),
        onEnd: onEnd('curves'),
      }),
      new Refresher({
        wanted: versionOf('revision'),
        load: () => this.#loadDetails(id),
        onEnd: onEnd('details'),
      }),
    ];
  }

  /** Whether its curves are there, even if they have no rows. */
  get isLoaded() {
    return this.version > 0;
  }

  /** What went wrong with the newest attempts to load; null where nothing did. */
  get problem() {
    return this.#problems.curves ?? this.#problems.details;
  }

  /** Loads what is newer in a run than it was; null stops that. */
  follow(summary) {
    this.#summary = summary;
    for (const refresher of this.#refreshers) refresher.refresh();
  }

  /** Takes rows that the server tells of by itself, where those before are there. */
  take({ generation, from, curves }) {
    const rows = from + curves.step.length;
    if (generation !== this.#generation || from > this.curves.rows || rows < this.curves.rows) return;
    this.curves.put(from, curves);
    this.version++;
    this.#refreshers[0].has(`${generation} ${rows}`);
  }

  /** Loads all of it anew when it is followed next: what the server's numbers stand for may be another thing now. */
  forget() {
    this.#generation = -1;
    for (const refresher of this.#refreshers) refresher.forget();
  }

  async #loadCurves(id) {
    const query = `generation=${this.#generation}&from=${this.curves.rows}`;
    const { generation, from, curves } = await getJson(runPath(id, `curves?${query}`));
    this.curves.put(from, curves);
    this.#generation = generation;
    this.version++;
  }

  async #loadDetails(id) {
    this.details = await getJson(runPath(id, 'details'));
  }
}
