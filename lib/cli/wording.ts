import { flagOf, optionNames } from './options.js';

/** What the API does with a call or a value, and the command line with a flag. */
const phrases: Readonly<Record<string, string>> = {
  'allowMismatch: true': '--force',
  'GanTrainer.resume': '--resume',
  'GanTrainer.load': '--from',
  batchSizePerProcess: '--batch-size-per-process',
};

// `batchSize` can be nothing else; `seed` is a word of its own, and means the option only in quotes.
const compounds = optionNames.filter((name) => /[A-Z]/.test(name));

// Neither in a longer word nor in a path, nor as a value that was found.
const spoken = new RegExp(
  `(?<![\\w./"-])(?:${[...Object.keys(phrases), ...compounds].join('|').replaceAll('.', '\\.')})(?![\\w/-]|\\.\\w)`,
  'g',
);
const quoted = new RegExp(`'(${optionNames.join('|')})'`, 'g');

/** A message of the API in the words of the command line: `--batch-size` for `batchSize`, `--force` for `allowMismatch: true`. */
export function asTyped(message: string): string {
  return message
    .replace(/\b([Oo]ption) '(\w+)'/g, (_, option: string, name: string) => `${option} ${flagOf(name)}`)
    .replace(quoted, (_, name: string) => flagOf(name))
    .replace(spoken, (phrase) => phrases[phrase] ?? flagOf(phrase));
}
