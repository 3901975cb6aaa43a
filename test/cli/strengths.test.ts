import { parseStrengths } from '../../lib/cli/strengths.js';

test.each([
  ['2', undefined, [2]],
  ['-3,0,1.5', undefined, [-3, 0, 1.5]],
  ['-3..3', undefined, [-3, -2, -1, 0, 1, 2, 3]],
  ['0..1', 3, [0, 0.5, 1]],
  ['3..-3', 2, [3, -3]],
])('strengths %j in %p steps are %j', (typed, steps, wanted) => {
  expect(parseStrengths(typed, steps)).toEqual(wanted);
});

test.each([
  ['far', undefined],
  ['', undefined],
  ['1..', undefined],
  ['1,,2', undefined],
  ['Infinity', undefined],
  ['-3..3', 1],
  ['-3..3', 2.5],
])('strengths %j in %p steps are refused', (typed, steps) => {
  expect(() => parseStrengths(typed, steps)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
});
