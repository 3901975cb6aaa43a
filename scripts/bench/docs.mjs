/**
 * Writes the charts and tables of the docs from docs/benchmark.json, where every one of their numbers comes from. By
 * itself it does so for the results that are there; `--check` changes nothing and fails when something would change.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chart } from './chart.mjs';
import { busyLine, peakLine } from './report.mjs';
import { filled, markdown } from './sections.mjs';
import { sweepChart } from './sweep_chart.mjs';
import {
  comparisonTable,
  digits,
  limitsTable,
  networksTable,
  profileTable,
  shortTable,
  startTable,
  sweepTable,
} from './tables.mjs';

const docs = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs');
export const resultsFile = join(docs, 'benchmark.json');

/** What stands between `<!-- benchmark: NAME -->` and `<!-- /benchmark -->`, by name. */
const sections = {
  short: ({ machine, options, results }) =>
    [setting(machine, options), markdown(shortTable(results)), memoryLine(results)].join('\n\n'),
  comparison: ({ machine, options, results }) =>
    [setting(machine, options), markdown(comparisonTable(results)), versionsLine(results), busyLine(results)]
      .filter((text) => text !== null)
      .join('\n\n'),
  ours: ({ options, results }) =>
    ownList(
      results.filter(({ isPeer }) => !isPeer),
      options,
    ),
  networks: ({ options, networks }) =>
    [
      `Milliseconds a step, batch ${options.batch}, medians of ${options.rounds} rounds that alternate:`,
      markdown(networksTable(networks)),
      busyLine(networks.flatMap(({ results }) => results)),
    ]
      .filter((text) => text !== null)
      .join('\n\n'),
  start: ({ firstDigitMilliseconds, helpMilliseconds }) =>
    [
      markdown(startTable(firstDigitMilliseconds)),
      `\`--help\` takes ${digits(helpMilliseconds, 0)} ms.`,
    ].join('\n\n'),
  profile: ({ profile }) =>
    profile
      .map(
        (one) =>
          `**${one.precision}**, ${digits(one.milliseconds, 1)} ms a step:\n\n${markdown(profileTable(one))}`,
      )
      .concat(peakLine(profile[0].peak))
      .join('\n\n'),
  limits: ({ profile }) => [markdown(limitsTable(profile)), reachedLine(profile)].join('\n\n'),
  sweep: ({ sweep }) => markdown(sweepTable(sweep)),
};

/** Files that are drawn, and what is needed for each. */
const charts = {
  'images/benchmark.svg': ({ results }) => chart(results),
  'images/sweep.svg': ({ sweep }) => sweepChart(sweep),
};

const setting = ({ cpu, cores, vectorUnit, libtorch }, { batch, threads, rounds, steps }) =>
  `Batch ${batch}, ${threads} threads, medians of ${rounds} rounds of ${steps} steps that alternate, on ${cores} cores of ` +
  `${cpu} (${vectorUnit}), libtorch ${libtorch}:`;

function memoryLine(results) {
  const own = results.find(({ isPeer, precision }) => !isPeer && precision === 'float32');
  return `Our float32 rounds lay between ${digits(Math.min(...own.rounds), 0)} and ${digits(Math.max(...own.rounds), 0)} ms; our peak memory was ${digits(own.peakMebibytes, 0)} MiB.`;
}

function versionsLine(results) {
  const versions = new Map(results.flatMap((result) => Object.entries(result.versions)));
  return `Versions: ${[...versions].map(([name, version]) => `${name} ${version}`).join(', ')}.`;
}

const ownList = (own, { growth }) =>
  own
    .map(({ precision, firstStepSeconds, eventLoopDelayP99, growthMebibytes }) => {
      const memory =
        growthMebibytes === null
          ? ''
          : `; resident memory grew by ${digits(growthMebibytes, 1)} MiB over ${growth} more steps`;
      return (
        `- ${precision}: ${digits(firstStepSeconds, 2)} s from the start of the process to the end of the first step; ` +
        `event-loop delay at most ${digits(eventLoopDelayP99, 1)} ms (p99 of the worst round)${memory}.`
      );
    })
    .join('\n');

function reachedLine(profile) {
  const said = profile.map(({ precision, milliseconds }) => `${digits(milliseconds, 0)} ms in ${precision}`);
  return `Reached, with everything that is not a matrix product: ${said.join(', ')}.`;
}

/** What each file should hold, by path. */
function wanted() {
  const results = JSON.parse(readFileSync(resultsFile, 'utf8'));
  const missing = ['results', 'networks', 'firstDigitMilliseconds', 'profile', 'sweep'].filter(
    (part) => !(part in results),
  );
  if (missing.length > 0) {
    throw new Error(
      `${resultsFile} lacks ${missing.join(', ')}. Run: npm run bench -- --peers --networks --profile --sweep --docs`,
    );
  }
  const files = new Map();
  for (const file of [join(docs, '..', 'README.md'), join(docs, 'performance.md')]) {
    files.set(file, filled(readFileSync(file, 'utf8'), { kind: 'benchmark', file, sections, results }));
  }
  for (const [file, draw] of Object.entries(charts)) files.set(join(docs, file), draw(results));
  return files;
}

/** Brings the docs up to date. @returns the files that changed */
export function updateDocs({ check = false } = {}) {
  const changed = [...wanted()].filter(
    ([file, text]) => !existsSync(file) || readFileSync(file, 'utf8') !== text,
  );
  if (!check) for (const [file, text] of changed) writeFileSync(file, text);
  return changed.map(([file]) => file);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes('--check');
  try {
    const changed = updateDocs({ check });
    for (const file of changed) process.stdout.write(`${check ? 'Out of date:' : 'Wrote'} ${file}\n`);
    if (check && changed.length > 0) process.exitCode = 1;
  } catch (error) {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 1;
  }
}
