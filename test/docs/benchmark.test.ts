import { spawnSync } from 'node:child_process';

test.each([
  ['charts and tables', 'benchmark.json', 'scripts/bench/docs.mjs'],
  ['tables of several processes', 'parallel.json', 'scripts/bench/parallel_docs.mjs'],
  ['tables of latent tools', 'latents.json', 'scripts/latents/docs.mjs'],
])("the docs' %s are those of docs/%s", (_what, _file, script) => {
  const { stdout, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect(stdout + stderr).toBe('');
});
