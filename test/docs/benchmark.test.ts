import { spawnSync } from 'node:child_process';

test("the docs' charts and tables are those of docs/benchmark.json", () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['scripts/bench/docs.mjs', '--check'], {
    encoding: 'utf8',
  });
  expect(stdout + stderr).toBe('');
});
