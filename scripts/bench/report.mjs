const digits = (value, places, unit = '') =>
  value === null || Number.isNaN(value) ? '–' : `${value.toFixed(places)}${unit}`;

/** A line for each result. */
export function table(results) {
  const rows = results.map((result) => [
    result.label,
    result.precision,
    digits(result.milliseconds, 1),
    `${digits(Math.min(...result.rounds), 1)}–${digits(Math.max(...result.rounds), 1)}`,
    digits(result.imagesPerSecond, 0),
    speed(result),
    digits(result.peakMebibytes, 0),
    digits(result.minorFaultsPerStep, 0),
  ]);
  const head = [
    '',
    'precision',
    'ms/step',
    'range',
    'images/s',
    'speed / best peer',
    'peak MiB',
    'faults/step',
  ];
  return aligned([head, ...rows]);
}

/** The median, and the lowest and highest of the rounds. */
function speed({ speeds, speedToBestPeer }) {
  if (speeds === null) return '–';
  const ends = [Math.min(...speeds), Math.max(...speeds)].map((value) => value.toFixed(2));
  return `${speedToBestPeer.toFixed(2)}× (${ends.join('–')})`;
}

/** Text in the first two columns, numbers in the others. */
function aligned(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
    )
    .join('\n');
}

/** What is known of ours alone. */
export function ownLines(results, { growth, help }) {
  const lines = results
    .filter(({ isPeer }) => !isPeer)
    .flatMap((result) => [
      `dcgan-native, ${result.precision}:`,
      `  from start to first step   ${digits(result.firstStepSeconds, 2, ' s')}`,
      `  event-loop delay, p99      ${digits(result.eventLoopDelayP99, 1, ' ms')} (worst round; idle is a little over 1)`,
      `  resident memory growth     ${digits(result.growthMebibytes, 1, ' MiB')} over ${growth} steps`,
    ]);
  return [...lines, `dcgan-native --help: ${help.toFixed(0)} ms`].join('\n');
}

/** Says when others kept the processor busy, for then neither times nor ratios hold: each program minds it differently. */
export function busyLine(results) {
  const rounds = results.flatMap(({ othersCores }) => othersCores);
  const disturbed = rounds.filter((cores) => cores > 0.1);
  if (disturbed.length === 0) return null;
  const most = Math.max(...disturbed).toFixed(1);
  return `Other programs ran during ${disturbed.length} of ${rounds.length} rounds (up to ${most} cores): trust neither their times nor their ratios.`;
}
