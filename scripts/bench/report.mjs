import { digits } from './tables.mjs';

/** A table for the terminal: words to the left, numbers to the right. */
export function aligned({ words, head, rows }) {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const cell = (text, column) =>
    column < words ? text.padEnd(widths[column]) : text.padStart(widths[column]);
  return all.map((row) => row.map(cell).join('  ')).join('\n');
}

/** What is known of ours alone. */
export function ownLines(results, { growth }) {
  return results
    .filter(({ isPeer }) => !isPeer)
    .flatMap((result) => [
      `dcgan-native, ${result.precision}:`,
      `  from start to first step   ${digits(result.firstStepSeconds, 2, ' s')}`,
      `  event-loop delay, p99      ${digits(result.eventLoopDelayP99, 1, ' ms')} (worst round; idle is a little over 1)`,
      `  the same, most, drawing    ${digits(result.generateDelayMost, 1, ' ms')} (2000 images)`,
      `  resident memory growth     ${digits(result.growthMebibytes, 1, ' MiB')} over ${growth} steps`,
    ])
    .join('\n');
}

/** What the threads can do at most. */
export function peakLine({ float32, bfloat16 }) {
  const lower = bfloat16 === null ? 'none in bfloat16 on this CPU' : `${digits(bfloat16, 0)} in bfloat16`;
  return `Multiply-add peak of the threads: ${digits(float32, 0)} GFLOP/s in float32, ${lower}.`;
}

/** Says when others kept the processor busy, for then neither times nor ratios hold: each program minds it differently. */
export function busyLine(results) {
  const rounds = results.flatMap(({ othersCores }) => othersCores);
  const disturbed = rounds.filter((cores) => cores > 0.1);
  if (disturbed.length === 0) return null;
  const most = Math.max(...disturbed).toFixed(1);
  return `Other programs ran during ${disturbed.length} of ${rounds.length} rounds (up to ${most} cores): trust neither their times nor their ratios.`;
}
