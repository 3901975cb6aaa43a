import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { DcganError } from '../errors.js';
import { pathInside } from '../files/inside.js';
import { whenMissing } from '../files/missing.js';
import { listedCheckpoints } from './checkpoints.js';
import { CurveColumns } from './curves.js';
import { evaluatedAt, happeningOf } from './happenings.js';
import type { MetricsRow } from './metrics.js';
import { MetricsTail } from './metrics_tail.js';
import { readConfig } from './record.js';
import { sessionOf } from './run.js';
import { lastStepOf, stateOf } from './run_state.js';
import type {
  CheckpointAt,
  Curves,
  EvaluatedAt,
  FidAt,
  Happening,
  RunDetails,
  RunSummary,
  SampleAt,
} from './run_view.js';
import { runSamples } from './samples.js';
import type { Session } from './sessions.js';

/** Of `config.json`, in bytes: more is none of ours. */
const longestFile = 1 << 20;

/** A run that nobody writes is looked at once in so many times. */
const restPace = 4;

let numbers = 0;
/** A number that no reader of this process was given before, so that a run in the place of another is told from it. */
const nextNumber = (): number => ++numbers;

type Config = Readonly<Record<string, unknown>>;

/** Reads a run directory again and again, also while it is written, and only what has changed of it. */
export class RunReader {
  /** Of letters that need no escape in a URL, and of no other directory. */
  readonly id: string;
  readonly #tail: MetricsTail;
  #config: Config = {};
  #told = new Told({});
  #session: Session | null = null;
  #samples: readonly SampleAt[] = [];
  #checkpoints: readonly CheckpointAt[] = [];
  #problem: string | null = null;
  /** What files and directories were when they were read. */
  readonly #marks = new Map<string, string>();
  #generation = 0;
  #revision = 0;
  #looks = 0;

  private constructor(
    readonly directory: string,
    path: string,
  ) {
    this.id = createHash('sha256').update(path).digest('hex').slice(0, 12);
    this.#tail = new MetricsTail(directory);
  }

  /** @throws the system's error where there is no such directory. */
  static async open(directory: string): Promise<RunReader> {
    return new RunReader(directory, await realpath(directory));
  }

  /** Reads what has changed. What cannot be read is a problem that `summary` tells, until it can. */
  async refresh(): Promise<void> {
    const isAtRest = this.#session?.isOver === true && this.#problem === null;
    if (isAtRest && ++this.#looks % restPace !== 0) return;
    try {
      await this.#read();
      this.#problem = null;
    } catch (error) {
      this.#problem = (error as Error).message;
    }
  }

  async #read(): Promise<void> {
    await this.#onChange('config.json', async () => {
      this.#config = await readConfig(this.directory);
      this.#tail.forget();
      this.#restart();
    });
    await pathInside(this.directory, 'sessions').catch(whenMissing(null));
    this.#session = await sessionOf(this.directory);
    const before = this.#told.others.length;
    await this.#tail.read(
      (row) => this.#told.take(row),
      () => this.#restart(),
    );
    if (this.#told.others.length !== before) this.#forgetListings();
    await this.#onChange('samples', async () => {
      this.#samples = await this.#readSamples();
      this.#revision = nextNumber();
    });
    await this.#onChange('checkpoints', async () => {
      this.#checkpoints = await this.#readCheckpoints();
      this.#revision = nextNumber();
    });
  }

  #restart(): void {
    this.#told = new Told(this.#config);
    this.#generation = nextNumber();
    this.#revision = nextNumber();
    this.#forgetListings();
  }

  /** What there is of pictures and checkpoints is told with what the metrics say of them. */
  #forgetListings(): void {
    for (const name of ['samples', 'checkpoints']) this.#marks.delete(name);
  }

  /** Reads a file or directory of the run where it is another than when it was read last: again and again until that succeeds. */
  async #onChange(name: string, read: () => Promise<void>): Promise<void> {
    const path = await pathInside(this.directory, name).catch(whenMissing(null));
    const found = path === null ? null : await stat(path);
    if (found?.isFile() && found.size > longestFile) {
      throw new DcganError('ERR_VALUE', `${name} of ${this.directory} is too large to be one of ours.`);
    }
    const mark = found ? `${found.ino} ${found.mtimeMs} ${found.size}` : '';
    if (this.#marks.get(name) === mark) return;
    await read();
    this.#marks.set(name, mark);
  }

  async #readSamples(): Promise<SampleAt[]> {
    const { others, losses } = this.#told;
    const samples = await runSamples(this.directory, losses ? [...others, losses] : others);
    return samples.map(({ step, file }) => ({ ...this.#told.columns.placeAt(step), file }));
  }

  async #readCheckpoints(): Promise<CheckpointAt[]> {
    const { evaluations } = this.#told;
    const listed = await listedCheckpoints(this.directory);
    return listed.map(({ path, step, bytes, kept, isBest }) => {
      const of = step ?? this.#bestFid?.step ?? 0;
      const fid = evaluations.find((evaluated) => evaluated.step === of)?.figures.fid?.value ?? null;
      const file = relative(this.directory, path).split(sep).join('/');
      return { step: of, file, bytes, kept, best: isBest, fid };
    });
  }

  get #bestFid(): FidAt | null {
    const all = this.#told.evaluations.map(fidOf);
    return all.reduce<FidAt | null>((best, fid) => (best && best.value <= fid.value ? best : fid), null);
  }

  /** @param name what the run is called among others */
  summary(name: string): RunSummary {
    const { last, losses, columns, evaluations } = this.#told;
    const session = this.#session;
    const task = session?.record?.task ?? null;
    const step = last?.step ?? task?.step ?? 0;
    const lastStep = lastStepOf(session);
    const speed = Number(losses?.imagesPerSecond);
    const state = stateOf(session, step, last);
    const isAlive = state === 'running' || state === 'stale';
    const left = columns.imagesAfter(lastStep ?? step) - columns.imagesAfter(step);
    return {
      id: this.id,
      name,
      directory: this.directory,
      state,
      problem: this.#problem ?? (state === 'failed' ? String(last?.message).slice(0, 2000) : null),
      silent: session && isAlive ? session.silent : null,
      started: session?.record?.started ?? null,
      step,
      begun: typeof this.#config.begun === 'number' ? this.#config.begun : 0,
      lastStep,
      stepsPerEpoch: task?.stepsPerEpoch ?? null,
      imagesPerSecond: Number.isFinite(speed) ? speed : null,
      secondsLeft: isAlive && lastStep !== null && speed > 0 ? Math.max(0, left) / speed : null,
      newestFid: evaluations.length > 0 ? fidOf(evaluations.at(-1)!) : null,
      bestFid: this.#bestFid,
      rows: columns.length,
      generation: this.#generation,
      revision: this.#revision,
    };
  }

  /** The rows of losses from one on. */
  curves(from = 0): Curves {
    const { columns, others } = this.#told;
    return columns.from(from, others);
  }

  details(): RunDetails {
    const { evaluations, happenings, others } = this.#told;
    return {
      config: this.#config,
      sampled: sampledIn(this.#config, others.findLast(({ type }) => type === 'sample') ?? null),
      evaluations,
      happenings,
      samples: this.#samples,
      checkpoints: this.#checkpoints,
    };
  }
}

/** What the metrics of a run say, since they were read from their beginning. */
class Told {
  readonly columns: CurveColumns;
  readonly evaluations: EvaluatedAt[] = [];
  readonly happenings: Happening[] = [];
  /** Rows that tell of no losses. */
  readonly others: MetricsRow[] = [];
  /** The newest row, and the newest of losses. */
  last: MetricsRow | null = null;
  losses: MetricsRow | null = null;

  constructor(config: Config) {
    this.columns = new CurveColumns(config);
  }

  take(row: MetricsRow): void {
    const place = this.columns.placeOf(row);
    this.last = row;
    if (row.type === 'step') {
      this.losses = row;
      this.columns.add(row, place);
      return;
    }
    const evaluated = evaluatedAt(row, place);
    if (evaluated) this.evaluations.push(evaluated);
    const happening = happeningOf(row, place);
    if (happening) this.happenings.push(happening);
    this.others.push(row);
  }
}

const fidOf = ({ step, figures }: EvaluatedAt): FidAt => ({ value: figures.fid!.value, step });

/** How sample pictures are made: by the newest row that tells of one, or by the options of a run of an earlier version. */
function sampledIn({ model, fit }: Config, newest: MetricsRow | null): RunDetails['sampled'] {
  const { seed, classes } = Object(model) as Readonly<Record<string, unknown>>;
  const asked: unknown = newest?.count ?? Object(fit).sampleCount ?? (classes === 0 ? 16 : null);
  if (typeof asked !== 'number' || typeof seed !== 'number') return null;
  const columns = typeof newest?.columns === 'number' ? newest.columns : Math.ceil(Math.sqrt(asked));
  return { count: asked, columns, seed };
}
