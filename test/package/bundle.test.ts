import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../support/cleanup.js';
import { installPackage } from '../support/installed.js';

const program = `
import { GanTrainer, mnist } from 'dcgan-native';

async function main(): Promise<void> {
  const trainer = new GanTrainer({ batchSize: 16, seed: 1, data: mnist({ split: 'test' }) });
  const { step } = await trainer.fit(1, { steps: 1 });
  trainer.dispose();
  process.stdout.write(\`step \${step}\`);
}
main();
`;

test.each([
  ['esm', 'bundle.mjs'],
  ['cjs', 'bundle.cjs'],
])('a bundle of esbuild (%s) that leaves the package out of it trains', (format, bundle) => {
  const directory = installPackage(temporaryDirectory(), ['esbuild']);
  writeFileSync(join(directory, 'program.ts'), program);
  const options = ['--bundle', '--platform=node', '--external:dcgan-native', `--format=${format}`];
  const esbuild = join(directory, 'node_modules', 'esbuild', 'bin', 'esbuild');
  const args = ['program.ts', ...options, `--outfile=${bundle}`, '--log-level=warning'];
  const bundled = spawnSync(esbuild, args, { cwd: directory, encoding: 'utf8' });
  expect({ status: bundled.status, stderr: bundled.stderr }).toEqual({ status: 0, stderr: '' });

  const { stdout, stderr } = spawnSync(process.execPath, [bundle], { cwd: directory, encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: 'step 1', stderr: '' });
});
