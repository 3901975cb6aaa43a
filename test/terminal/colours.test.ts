import { type Colour, coloursOf, nearestOf256 } from '../../lib/terminal/colours.js';

test.each([
  [{ TERM: 'xterm-256color', COLORTERM: 'truecolor' }, 'true'],
  [{ TERM: 'xterm-kitty' }, 'true'],
  [{ TERM: 'foot' }, 'true'],
  [{ TERM: 'xterm-direct' }, 'true'],
  [{ TERM: 'xterm-256color', TERM_PROGRAM: 'vscode' }, 'true'],
  [{ TERM: 'xterm-256color', TERM_PROGRAM: 'Apple_Terminal' }, '256'],
  [{ TERM: 'xterm' }, '256'],
  [{ TERM: 'linux' }, '256'],
  [{ TERM: 'vt100' }, 'none'],
  [{ TERM: 'dumb', COLORTERM: 'truecolor' }, 'none'],
  [{ TERM: 'xterm-256color', COLORTERM: 'truecolor', NO_COLOR: '1' }, 'none'],
  [{ TERM: 'xterm-256color', COLORTERM: 'truecolor', NO_COLOR: '' }, 'true'],
  [{}, 'none'],
])('%j tells of the colours %s', (env, colours) => {
  expect(coloursOf(env)).toBe(colours);
});

test.each<[Colour, number]>([
  [[0, 0, 0], 16],
  [[255, 255, 255], 231],
  [[255, 0, 0], 196],
  [[8, 8, 8], 232],
  [[129, 127, 128], 244],
  [[238, 238, 238], 255],
  [[95, 135, 175], 67],
])('of the 256 colours the nearest to %j is %d', (colour, number) => {
  expect(nearestOf256(colour)).toBe(number);
});
