import { parseRanges } from '../../lib/cli/seeds.js';

test.each([
  ['7', [7]],
  ['0-3', [0, 1, 2, 3]],
  ['3,7,9-12', [3, 7, 9, 10, 11, 12]],
  ['9, 3-4 ,3', [9, 3, 4, 3]],
  ['9007199254740990-9007199254740991', [9007199254740990, 9007199254740991]],
])('%s are these seeds', (typed, seeds) => {
  expect(parseRanges('seeds', typed)).toEqual(seeds);
});

test.each(['', 'a', '1.5', '-1', '1-', '5-3', '1,,2', '1-2-3', '1e3', '9007199254740992'])(
  '%j is refused, and says what is expected',
  (typed) => {
    expect(() => parseRanges('seeds', typed)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION',
        value: typed,
        message: expect.stringContaining('such as 0-15 or 3,7,9-12, received "'),
      }),
    );
  },
);

test('100000 seeds are the most', () => {
  expect(parseRanges('seeds', '1-100000')).toHaveLength(100_000);
  for (const typed of ['0-100000', '0-99999,5', '0-9007199254740991']) {
    expect(() => parseRanges('seeds', typed)).toThrow(/no more than 100000 numbers/);
  }
});

test('ranges of classes are told by the option that they were given to', () => {
  expect(parseRanges('labels', '0-2')).toEqual([0, 1, 2]);
  expect(() => parseRanges('labels', '9-0')).toThrow("Option 'labels' is wrong");
});
