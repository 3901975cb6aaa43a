import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GanTrainer, Generator } from '../../lib/index.js';
import { installPackage } from '../support/installed.js';

const directory = mkdtempSync(join(tmpdir(), 'dcgan-types-'));
afterAll(() => rmSync(directory, { recursive: true }));

const classes = { GanTrainer, Generator };

/** Functions of somebody else's that give what ours give, and leave it to the compiler what that is. */
const wrappers = Object.entries(classes).flatMap(([name, made]) => {
  const instance = Object.entries(Object.getOwnPropertyDescriptors(made.prototype));
  const methods = instance.filter(([method, { value }]) => value && method !== 'constructor');
  const getters = instance.filter(([, { get }]) => get);
  const statics = Object.entries(Object.getOwnPropertyDescriptors(made)).filter(
    ([, { value, enumerable }]) => !enumerable && value instanceof Function && value !== made.prototype,
  );
  return [
    ...methods.map(
      ([of]) =>
        `export const ${name}_${of} = (it: ${name}, ...args: Parameters<${name}['${of}']>) => it.${of}(...args);`,
    ),
    ...getters.map(([of]) => `export const ${name}_${of} = (it: ${name}) => it.${of};`),
    ...statics.map(
      ([of]) =>
        `export const ${name}_${of} = (...args: Parameters<typeof ${name}.${of}>) => ${name}.${of}(...args);`,
    ),
  ];
});

const program = `
import { GanTrainer, Generator, errorCodes, idx, images, mnist, openRun } from 'dcgan-native';

${wrappers.join('\n')}
export const digits = () => mnist().load();
export const arrays = (pixels: Uint8Array) => images({ pixels });
export const others = (path: string) => idx(path);
export const opened = (path: string) => openRun(path);
export const stateOf = async (path: string) => (await openRun(path)).latest!.checkpoint.state;
export const codes = () => errorCodes;
export async function lastEvent(trainer: GanTrainer) {
  let last = null;
  for await (const event of trainer.fit(1)) last = event;
  return last;
}
export class Service {
  readonly trainer = new GanTrainer({ seed: 1 });
  async losses(images: Uint8Array) {
    return [await this.trainer.trainOnBatch(images)];
  }
  async kernel() {
    return (await this.trainer.weights())['generator.conv3.weight'];
  }
}
`;

test('a program that emits declarations needs to name nothing but the package, as an ES module and as CommonJS', () => {
  installPackage(directory, ['typescript', '@types/node']);
  const compilerOptions = {
    target: 'es2022',
    module: 'node16',
    moduleResolution: 'node16',
    strict: true,
    noUncheckedIndexedAccess: true,
    declaration: true,
    types: ['node'],
    outDir: 'out',
  };
  const files = ['program.mts', 'program.cts'];
  for (const file of files) writeFileSync(join(directory, file), program);
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));

  const compiler = join(directory, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler], { cwd: directory, encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });

  const out = join(directory, 'out');
  expect(readdirSync(out).sort()).toEqual(['program.cjs', 'program.d.cts', 'program.d.mts', 'program.mjs']);
  for (const declared of ['program.d.mts', 'program.d.cts']) {
    const text = readFileSync(join(out, declared), 'utf8');
    const named = Array.from(text.matchAll(/(?:from |import\()['"]([^'"]+)['"]/g), ([, name]) => name);
    expect(new Set(named)).toEqual(new Set(['dcgan-native']));
  }
});
