import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { temporaryDirectory } from '../cli/helpers.js';
import { compilePackage } from '../support/compile_package.js';

interface Operator {
  readonly name: string;
  readonly milliseconds: number;
  /** GFLOP/s, or null where there is no matrix product. */
  readonly ofDirect: number | null;
  readonly done: number | null;
}

interface Network {
  readonly name: string;
  readonly results: readonly {
    readonly label: string;
    readonly precision: string;
    readonly milliseconds: number;
  }[];
}

interface Profile {
  readonly precision: string;
  readonly milliseconds: number;
  readonly peak: { readonly float32: number };
  readonly operators: readonly Operator[];
}

const root = temporaryDirectory();
let results: {
  readonly profile: readonly Profile[];
  readonly networks: readonly Network[];
  readonly firstDigitMilliseconds: Record<string, number>;
};
let printed: string;

beforeAll(() => {
  const directory = compilePackage(join(root, 'package'));
  for (const name of ['scripts', 'bin']) cpSync(resolve(name), join(directory, name), { recursive: true });
  const file = join(root, 'results.json');
  const options = ['--rounds', '1', '--steps', '1', '--batch', '4', '--threads', '1', '--growth', '0'];
  const bench = join(directory, 'scripts', 'bench', 'bench.mjs');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      bench,
      ...options,
      '--networks',
      '--profile',
      '--compile',
      '--peers',
      join(root, 'no-python'),
      '--json',
      file,
    ],
    { encoding: 'utf8' },
  );
  // A comparison that is not whole is told by the exit status too.
  if (status !== 1) throw new Error(`The benchmark ended with ${status}: ${stderr}`);
  printed = stdout;
  results = JSON.parse(readFileSync(file, 'utf8'));
});

const operator = (name: string): Operator =>
  results.profile[0]!.operators.find((found) => found.name === name)!;

test('the profile has both precisions', () => {
  expect(results.profile.map(({ precision }) => precision)).toEqual(['float32', 'bfloat16']);
});

test("the operators' times make up most of a step, and no more than it", () => {
  const { milliseconds, operators } = results.profile[0]!;
  const sum = operators.reduce((total, { milliseconds: own }) => total + own, 0);
  expect(sum).toBeLessThanOrEqual(milliseconds);
  expect(sum).toBeGreaterThan(milliseconds / 2);
});

test('a convolution in the transform domain does an eighth of the multiplications of a direct one', () => {
  const { ofDirect, done } = operator('generator conv1');
  expect(done! / ofDirect!).toBeCloseTo(144 / 1225, 10);
});

test('an operator without a matrix product has no GFLOP/s', () => {
  expect(operator('adam')).toMatchObject({ ofDirect: null, done: null });
});

test('no operator is faster than the peak that the benchmark measured', () => {
  const { peak, operators } = results.profile[0]!;
  expect(Math.max(...operators.map(({ done }) => done ?? 0))).toBeLessThan(peak.float32);
});

test('the time to the first digit is the sum of its parts, but for what lies between them', () => {
  const { total, 'Node itself, before': before, ...parts } = results.firstDigitMilliseconds;
  const sum = Object.values(parts).reduce((a, b) => a + b, 0);
  expect(before).toBeGreaterThan(0);
  expect(sum / total!).toBeGreaterThan(0.8);
  expect(sum / total!).toBeLessThan(1.2);
});

test.each([
  ['28×28, conditional', ['TensorFlow', 'PyTorch']],
  ['32×32×3', ['TensorFlow', 'PyTorch']],
  ['64×64×3', ['TensorFlow', 'PyTorch']],
  ['28×28, relativistic with R1 and R2', ['PyTorch']],
])('ours trains the network %s in both precisions, and %j are to train it too', (name, peers) => {
  const { results: ours } = results.networks.find((network) => network.name === name)!;
  for (const precision of ['float32', 'bfloat16']) {
    const own = ours.find((one) => one.label === 'dcgan-native' && one.precision === precision)!;
    expect(own.milliseconds).toBeGreaterThan(0);
    for (const peer of peers) expect(printed).toContain(`Did not run: ${name}, ${peer}, ${precision}`);
  }
});

test.each(['TensorFlow', 'PyTorch', 'PyTorch, compiled'])(
  'without its Python, %s is reported as not run in both precisions, and ours runs',
  (label) => {
    for (const precision of ['float32', 'bfloat16']) {
      expect(printed).toContain(`Did not run: ${label}, ${precision}`);
      expect(printed).toMatch(new RegExp(`^dcgan-native +${precision}`, 'm'));
    }
  },
);
