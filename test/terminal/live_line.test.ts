import { reportFetch } from '../../lib/libtorch/fetch_events.js';
import { canRedraw, LiveLine } from '../../lib/terminal/live_line.js';
import { inXterm, Written } from '../support/terminal.js';

inXterm();

/** What would be seen of a text: each line as it was written last. */
const seen = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.split('\r').at(-1)!)
    .map((line) => line.replaceAll('\x1b[K', '').replaceAll('\x1b[?25l', '').replaceAll('\x1b[?25h', ''));

test('a line that is inserted stands above, whole, and the live line goes on below it', () => {
  const terminal = new Written(20);
  const line = new LiveLine(terminal, (columns) => 'x'.repeat(columns));
  line.insert('longer than the terminal is wide');
  line.close();
  expect(seen(terminal.text)).toEqual(['longer than the terminal is wide', 'x'.repeat(19), '']);
});

test('several lines that are inserted stand above, with their colours, and none of them is drawn over', () => {
  const terminal = new Written(20);
  const line = new LiveLine(terminal, () => 'x');
  line.insert('above:\n\x1b[48;5;1m  \x1b[0m\n\x1b[48;5;2m  \x1b[0m');
  line.close();
  expect(seen(terminal.text)).toEqual(['above:', '\x1b[48;5;1m  \x1b[0m', '\x1b[48;5;2m  \x1b[0m', 'x', '']);
});

test('the cursor is hidden while the line lives', () => {
  const terminal = new Written(20);
  const line = new LiveLine(terminal, () => 'x');
  expect(terminal.text).toMatch(/^.\[\?25l/);
  line.close();
  expect(terminal.text).toMatch(/.\[\?25h\n$/);
});

test('what has not changed is not drawn again', () => {
  const terminal = new Written(20);
  const line = new LiveLine(terminal, () => 'x');
  for (let i = 0; i < 10; i++) line.update();
  expect(terminal.text.match(/x/g)).toHaveLength(1);
  line.close();
});

test.each([
  ['xterm', true],
  ['dumb', false],
])('a terminal that is %s can redraw: %p', (term, can) => {
  process.env.TERM = term;
  expect(canRedraw(new Written(80))).toBe(can);
});

test.each([
  [80, /^\[={20}-{20}\] {3}50% {2}100 MB of 200 MB {2}\d+s left$/],
  [40, /^ 50% {2}100 MB of 200 MB {2}\d+s left$/],
  [30, /^ 50% {2}\d+s left$/],
])('the bar of a download fits %d columns', (columns, shown) => {
  const terminal = new Written(columns);
  const show = reportFetch(terminal);
  show({ type: 'progress', bytes: 1e8, total: 2e8 });
  show({ type: 'unpack', files: 3 });
  expect(seen(terminal.text)).toEqual([expect.stringMatching(shown), '  unpacking', '']);
});
