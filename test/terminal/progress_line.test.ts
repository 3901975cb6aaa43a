import { duration, percentage, progressLine } from '../../lib/terminal/progress_line.js';

const layout = { order: ['bar', 'a', 'b', 'c'], importance: ['a', 'c', 'bar', 'b'] } as const;
const items = { bar: { share: 0.5 }, a: 'aaaa', b: 'bbbb', c: 'cccc' };

test.each([
  [40, '[========--------]  aaaa  bbbb  cccc'],
  [28, '[====----]  aaaa  bbbb  cccc'],
  [27, '[====----]  aaaa  cccc'],
  [22, '[====----]  aaaa  cccc'],
  [21, 'aaaa  cccc'],
  [9, 'aaaa'],
  [3, ''],
])('in %d columns what matters least is left out', (columns, line) => {
  expect(progressLine(items, layout, columns)).toBe(line);
});

test('a text that is not there yet leaves no gap', () => {
  expect(progressLine({ ...items, a: '' }, layout, 28)).toBe('[====----]  bbbb  cccc');
});

test('a text that is not there yet takes no room from others', () => {
  expect(progressLine({ ...items, c: '' }, layout, 22)).toBe('[====----]  aaaa  bbbb');
});

test.each([
  [0, '  0%'],
  [0.999, ' 99%'],
  [1, '100%'],
])('a share of %d is %j', (share, text) => {
  expect(percentage(share)).toBe(text);
});

test.each([
  [0, '0s'],
  [59.4, '59s'],
  [59.6, '1m00s'],
  [125, '2m05s'],
  [3720, '1h02m'],
  [360_000, '100h00m'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
