import { DcganError } from '../errors.js';
import type { SoftLabels } from './class_weights.js';
import { latentsOfSeeds } from './given.js';
import { latentsIn } from './latents_file.js';
import { normOf, rowsOf, stacked, withNorm } from './vectors.js';

/** Whose latent vectors an expression is of. */
export interface ExpressionPlace {
  readonly latentSize: number;
  /** Tells the generator: files of others are refused. */
  readonly generator: string;
}

/** What an expression stands for. */
export interface ExpressedLatents {
  /** [n, latentSize] */
  readonly latents: Float32Array;
  /** Their classes, or weights of them, where the first term is a file that has some; else null. */
  readonly labels: SoftLabels | null;
}

interface Term {
  readonly sign: 1 | -1;
  readonly text: string;
}

interface Terms {
  readonly rows: readonly Float32Array[];
  readonly labels: SoftLabels | null;
}

/**
 * The latent vectors that an expression such as `1 - 2 + 3` stands for. Terms are seeds, files of latent vectors (`x.safetensors`,
 * `x.npy`), or one vector of a file (`x.npy[3]`, from 0 on), with spaces around + and −. Terms of one vector go with each of those of
 * several. A sum has the norm of its first term, and its class: as it is, it would be too long to be drawn of.
 * @throws DcganError ERR_OPTION for what is no expression, ERR_LATENTS for a file that cannot be used.
 */
export async function latentsOfExpression(text: string, place: ExpressionPlace): Promise<ExpressedLatents> {
  const terms: ({ readonly sign: 1 | -1 } & Terms)[] = [];
  for (const { sign, text: term } of termsOf(text)) {
    terms.push({ sign, ...(await termOf(term, text, place)) });
  }
  const [first, ...others] = terms;
  const n = Math.max(...terms.map(({ rows }) => rows.length));
  const odd = terms.find(({ rows }) => rows.length !== 1 && rows.length !== n);
  if (odd) throw refused(text, `a term of ${odd.rows.length} latent vectors does not go with one of ${n}`);
  const pick = (rows: readonly Float32Array[], i: number) => rows[rows.length === 1 ? 0 : i]!;
  const sums = Array.from({ length: n }, (_, i) => {
    const begin = pick(first!.rows, i);
    const sum = begin.slice();
    for (const { sign, rows } of others) {
      for (const [k, number] of pick(rows, i).entries()) sum[k]! += sign * number;
    }
    return others.length === 0 ? sum : withNorm(sum, normOf(begin));
  });
  const { rows, labels } = first!;
  return { latents: stacked(sums), labels: labels && (rows.length === n ? labels : repeated(labels, n)) };
}

/** The class of one image, or its weights, for n of them. */
function repeated(labels: SoftLabels, n: number): SoftLabels {
  const all = labels instanceof Float32Array ? new Float32Array(n * labels.length) : new Int32Array(n);
  for (let i = 0; i < n; i++) all.set(labels, i * labels.length);
  return all;
}

function termsOf(text: string): Term[] {
  const [first, ...rest] = text.trim().split(/\s+([+-])\s+/);
  const terms: Term[] = [{ sign: 1, text: first! }];
  for (let i = 0; i < rest.length; i += 2) terms.push({ sign: rest[i] === '+' ? 1 : -1, text: rest[i + 1]! });
  return terms;
}

async function termOf(term: string, all: string, { latentSize, generator }: ExpressionPlace): Promise<Terms> {
  if (/^\d+$/.test(term) && Number.isSafeInteger(Number(term))) {
    return { rows: [latentsOfSeeds([Number(term)], latentSize)], labels: null };
  }
  const [, path, index] = /^(.+\.(?:safetensors|npy))(?:\[(\d+)\])?$/i.exec(term) ?? [];
  if (path === undefined) {
    throw refused(
      all,
      `'${term}' is neither a seed nor a file of latent vectors, such as x.safetensors or x.npy[3]; + and - need spaces around them`,
    );
  }
  const { latents, labels } = await latentsIn(path, latentSize, generator);
  const rows = rowsOf(latents, latentSize);
  if (index === undefined) return { rows, labels };
  const at = Number(index);
  const row = rows[at];
  if (!row) {
    throw refused(
      all,
      `${path} has ${rows.length} latent vectors, which are counted from 0, and none of number ${index}`,
    );
  }
  const each = labels ? labels.length / rows.length : 0;
  return { rows: [row], labels: labels?.slice(at * each, (at + 1) * each) ?? null };
}

function refused(text: string, why: string): DcganError {
  return new DcganError('ERR_OPTION', `Option 'latents' is wrong: ${why}.`, { value: text });
}
