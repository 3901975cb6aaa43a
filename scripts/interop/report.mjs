/** Whether a row's difference is allowed; a row without one, or with NaN, says that something went wrong. */
export const passes = ({ difference, allowed }) => difference <= allowed;

/** A line for each row, then who the judges were, then what went wrong. */
export function report(rows) {
  const cells = rows.map((row) => [
    row.judge,
    row.what,
    row.problem ? '–' : number(row.difference),
    row.problem ? '–' : number(row.allowed),
    passes(row) ? 'passed' : 'FAILED',
  ]);
  const lines = aligned([['', '', 'difference', 'allowed', ''], ...cells]);
  const versions = new Set(rows.flatMap(({ version }) => version ?? []));
  const problems = rows.filter(({ problem }) => problem).map(({ judge, problem }) => `${judge}: ${problem}`);
  return [...lines, '', ...versions, ...problems].join('\n');
}

const number = (value) => (Number.isInteger(value) ? String(value) : value.toExponential(1));

function aligned(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const padded = (cell, i) => (i === 2 || i === 3 ? cell.padStart(widths[i]) : cell.padEnd(widths[i]));
  return rows.map((row) => row.map(padded).join('  ').trimEnd());
}
