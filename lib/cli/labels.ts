import { DcganError } from '../errors.js';
import { parseRanges } from './seeds.js';

/** Images in the row of a class. */
const rowOfClass = 8;

/** Which classes to draw. */
interface AskedLabels {
  /** Of all images, or of each; none where that was not said. */
  readonly labels?: number | number[];
  /** How many images that makes, and how many are in a row; of several classes. */
  readonly count?: number;
  readonly columns?: number;
}

/**
 * What `--label` and `--labels` ask for: numbers, ranges of them, or names.
 * @param classNames what the checkpoint calls its classes
 * @throws DcganError ERR_OPTION.
 */
export function labelsAsked(
  flags: { readonly label?: string; readonly labels?: string; readonly columns?: number },
  classNames: readonly string[],
): AskedLabels {
  if (flags.label !== undefined) return { labels: one('label', flags.label, classNames) };
  if (flags.labels === undefined) return {};
  const columns = flags.columns ?? rowOfClass;
  const labels = several(flags.labels, classNames).flatMap((label) => new Array<number>(columns).fill(label));
  return { labels, count: labels.length, columns };
}

/**
 * The classes of given images, by `--label` that of all, by `--labels` that of each; undefined where neither is said.
 * @throws DcganError ERR_OPTION.
 */
export function classesAsked(
  { label, labels }: { readonly label?: string; readonly labels?: string },
  classNames: readonly string[],
): number | number[] | undefined {
  if (label !== undefined) return one('label', label, classNames);
  return labels === undefined ? undefined : several(labels, classNames);
}

function several(typed: string, classNames: readonly string[]): number[] {
  return typed.split(',').flatMap((part) => {
    const isRange = /^\s*\d+-\d+\s*$/.test(part) && !classNames.includes(part.trim());
    return isRange ? parseRanges('labels', part) : [one('labels', part, classNames)];
  });
}

function one(option: string, typed: string, classNames: readonly string[]): number {
  const named = classNames.indexOf(typed.trim());
  if (named >= 0) return named;
  if (/^\s*\d+\s*$/.test(typed)) return Number(typed);
  const known = classNames.length === 0 ? '' : `: ${classNames.join(', ')}`;
  const said = `Option '${option}' is wrong: ${JSON.stringify(typed)} is neither the number nor the name of a class${known}.`;
  throw new DcganError('ERR_OPTION', said, { value: typed });
}
