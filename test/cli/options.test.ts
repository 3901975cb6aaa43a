import { Command } from 'commander';
import { addFitFlags, addModelFlags, pickFitOptions, pickModelOptions } from '../../lib/cli/options.js';
import { modelOptionNames, resolveOptions } from '../../lib/options.js';
import { fitRequest } from '../../lib/training/fit_options.js';

/** What `train` would take from these words. */
function parse(...words: string[]): Record<string, unknown> {
  return command().parse(words, { from: 'user' }).opts();
}

function command(): Command {
  const made = new Command().exitOverride().configureOutput({ outputError: () => undefined });
  addModelFlags(made);
  addFitFlags(made);
  return made;
}

/** The default that the help tells, by option name. */
function toldDefaults(): Record<string, string> {
  return Object.fromEntries(
    command().options.flatMap((option) => {
      const told = /\(default: ([^)]*)\)$/.exec(option.description)?.[1];
      return told === undefined ? [] : [[option.attributeName(), told]];
    }),
  );
}

test('every option of a model has a flag', () => {
  const words = modelOptionNames.flatMap((name) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return typeof resolveOptions()[name] === 'boolean' ? [flag] : [flag, '1'];
  });
  expect(Object.keys(pickModelOptions(parse(...words))).sort()).toEqual([...modelOptionNames].sort());
});

/** What the data decide, where there are some. */
const leftToData: ReadonlySet<string> = new Set(['imageSize', 'channels', 'classes']);

test('the help tells the defaults that the API has', () => {
  const { seed, ...model } = resolveOptions();
  const { steps, outDir, signal, onEvent, ...fit } = fitRequest(1).options;
  const told = toldDefaults();
  for (const [name, value] of Object.entries({ ...model, ...fit })) {
    // A switch is off unless it is given, and so is what has no value.
    if (value === false || value === null || value === undefined || String(value) === '') continue;
    if (value === true) {
      expect([name, told[name]]).toEqual([name, undefined]);
      continue;
    }
    if (leftToData.has(name)) {
      expect([name, told[name]]).toEqual([name, 'those of the data']);
      continue;
    }
    expect([name, typeof value === 'number' ? Number(told[name]) : told[name]]).toEqual([name, value]);
  }
});

test('numbers arrive as numbers, in every way that JavaScript writes them', () => {
  expect(pickModelOptions(parse('--batch-size', '64', '--learning-rate', '2e-4', '--seed', '0x10'))).toEqual({
    batchSize: 64,
    learningRate: 2e-4,
    seed: 16,
  });
});

test.each(['', ' ', 'word', '1.5px', '1,5', '12e'])(
  '%j is refused as a number by the API, which shows it',
  (typed) => {
    const given = pickModelOptions(parse('--batch-size', typed));
    expect(() => resolveOptions(given)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', value: typed }),
    );
  },
);

test('--out is outDir', () => {
  expect(pickFitOptions(parse('--out', 'runs/a'))).toEqual({ outDir: 'runs/a' });
});

test('what is not typed is absent', () => {
  expect({ ...pickModelOptions(parse()), ...pickFitOptions(parse()) }).toEqual({});
});

test('an option is no value of another', () => {
  expect(() => parse('--out', '--steps', '3')).toThrow(/a value is missing/);
});
