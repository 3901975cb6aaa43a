import { runScript } from './helpers.js';

// `npm run faults:contention` meets it fifty times.
test('a run that is being written refuses whoever would write as well, lets others read, and lacks nothing', () => {
  const { status, stdout } = runScript('contention.mjs', ['--times', '5']);
  expect(stdout).toBe('5 times, 0 problems\n');
  expect(status).toBe(0);
}, 600_000);
