import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NativeTrainer } from '../../lib/native/bindings.js';
import { loadNative } from '../../lib/native/load.js';
import { resolveOptions } from '../../lib/options.js';
import { compilePackage } from '../support/compile_package.js';

const package_ = compilePackage(mkdtempSync(join(tmpdir(), 'dcgan-environment-')));
afterAll(() => rmSync(package_, { recursive: true }));

/** Runs a program in a process with the package; gives what it wrote on both streams. */
function run(program: string): string {
  const at = (path: string) => JSON.stringify(join(package_, 'dist', path));
  const prelude = `
    const { GanTrainer } = require(${at('index.js')});
    const { loadNative } = require(${at('native/load.js')});
    const loadAgain = () => {
      delete require.cache[require.resolve(${at('native/load.js')})];
      return require(${at('native/load.js')}).loadNative();
    };
    const small = (options) => new GanTrainer({ batchSize: 4, latentSize: 8, seed: 1, device: 'cpu', ...options });
    const data = { name: 'eight', load: async () =>
      ({ name: 'eight', count: 8, pixels: new Uint8Array(8 * 784).map((_, i) => i), sha256: '0'.repeat(64) }) };`;
  const source = `const prelude = ${JSON.stringify(prelude)};${prelude}(async () => {${program}})();`;
  return execFileSync('sh', ['-c', 'exec "$0" -e "$1" 2>&1', process.execPath, source], {
    encoding: 'utf8',
  }).trim();
}

describe('a JavaScript thread', () => {
  test('has one exit listener, however often the core is loaded and whatever number of trainers there are', () => {
    const program = `
      const before = process.listenerCount('exit');
      for (let i = 0; i < 14; i++) loadAgain();
      const trainers = Array.from({ length: 14 }, () => small());
      await Promise.all(trainers.map((trainer) => trainer.generate(1)));
      console.log(process.listenerCount('exit') - before);
      for (const trainer of trainers) trainer.dispose();`;
    expect(run(program)).toBe('1');
  });

  test('ends with the trainers of every load', () => {
    const program = `
      for (let i = 0; i < 3; i++) new (loadAgain().Trainer)(small().options).open();
      small({ data }).fit(1000);
      setTimeout(() => { console.log('left'); process.exit(0); }, 300);`;
    expect(run(program)).toBe('left');
  });

  test('trains in a worker thread that loads the core twice and is ended, while the main thread goes on', () => {
    const program = `
      const { Worker } = require('node:worker_threads');
      const trainer = small({ data });
      await trainer.generate(1);
      const source = ${JSON.stringify('')} + \`
        const { GanTrainer } = require(\${${JSON.stringify(JSON.stringify(join(package_, 'dist', 'index.js')))}});
        const trainers = [1, 2].map((seed) => new GanTrainer({ batchSize: 4, seed, device: 'cpu' }));
        Promise.all(trainers.map((t) => t.trainOnBatch(new Uint8Array(4 * 784)))).then(() =>
          require('node:worker_threads').parentPort.postMessage('trained'));
        setInterval(() => {}, 1000);\`;
      for (let i = 0; i < 2; i++) {
        const worker = new Worker(source, { eval: true });
        await new Promise((resolve) => worker.once('message', resolve));
        await worker.terminate();
      }
      console.log((await trainer.generate(2)).shape[0]);
      trainer.dispose();`;
    expect(run(program)).toBe('2');
  });

  test('trains on images that a worker thread shared with it, after that thread has ended', () => {
    const program = `
      const { Worker } = require('node:worker_threads');
      const lossOf = async (trainer) => (await trainer.fit(1, { steps: 1 })).discriminatorLoss;
      const alone = small({ data });
      await lossOf(alone);
      const wanted = await lossOf(alone);
      alone.dispose();
      const source = prelude + \`
        const trainer = small({ data });
        trainer.fit(1, { steps: 1 }).then(() => require('node:worker_threads').parentPort.postMessage('trained'));
        setInterval(() => {}, 1000);\`;
      const worker = new Worker(source, { eval: true });
      await new Promise((resolve) => worker.once('message', resolve));
      const trainer = small({ data });
      await lossOf(trainer);
      await worker.terminate();
      console.log(await lossOf(trainer) === wanted);
      trainer.dispose();`;
    expect(run(program)).toBe('true');
  });

  test('trains 14 trainers that share one signal without a warning', () => {
    const program = `
      const { signal } = new AbortController();
      const trainers = Array.from({ length: 14 }, () => small({ data }));
      const runs = await Promise.all(trainers.map((trainer) => trainer.fit(1, { signal })));
      for (const trainer of trainers) trainer.dispose();
      console.log(runs.length);`;
    expect(run(program)).toBe('14');
  });
});

/** Of all that training goes on from. */
async function digestOf(trainer: NativeTrainer): Promise<string> {
  const hash = createHash('sha256');
  const { step, tensors } = await trainer.state();
  hash.update(String(step));
  for (const { data } of Object.values(tensors)) hash.update(data);
  return hash.digest('hex');
}

describe('the native trainer', () => {
  const options = resolveOptions({ batchSize: 4, latentSize: 8, seed: 1, device: 'cpu' });

  test('tells its step after every call that ends, also after one that fails', async () => {
    const trainer = new (loadNative().Trainer)(options);
    try {
      expect(trainer.step).toBe(0);
      await trainer.setData(new Uint8Array(8 * 784), 8, 0, 0, null);
      await trainer.run(3);
      expect(trainer.step).toBe(3);
      await trainer.trainOnBatch(new Float32Array(4 * 784), null, null);
      expect(trainer.step).toBe(4);
      const { tensors } = await trainer.state();
      await trainer.setState(tensors, 7);
      expect(trainer.step).toBe(7);
      await trainer.setState(tensors, null);
      expect(trainer.step).toBe(7);
      const nan = new Float32Array(4 * 784).fill(Number.NaN);
      await expect(trainer.trainOnBatch(nan, null, null)).rejects.toMatchObject({ code: 'ERR_DIVERGED' });
      expect(trainer.step).toBe(7);
    } finally {
      trainer.dispose();
    }
  });

  test.each(['float32', 'bfloat16'] as const)(
    'goes on at another learning rate as one that was begun from its state with that rate, in %s',
    async (precision) => {
      const { Trainer } = loadNative();
      const begun = { ...options, precision };
      const [first, second] = [new Trainer(begun), new Trainer({ ...begun, learningRate: 3e-3 })];
      try {
        const pixels = Uint8Array.from({ length: 8 * 784 }, (_, i) => i % 251);
        for (const trainer of [first, second]) await trainer.setData(pixels, 8, 0, 0, null);
        await first.run(4);
        const { tensors, step } = await first.state();
        await second.setState(tensors, step);
        await first.setLearningRates(3e-3, null, null);
        expect((await first.run(3)).losses).toEqual((await second.run(3)).losses);
        expect(await digestOf(first)).toBe(await digestOf(second));
        await first.setLearningRates(1e-4, null, null);
        await Promise.all([first.run(1), second.run(1)]);
        expect(await digestOf(first)).not.toBe(await digestOf(second));
      } finally {
        for (const trainer of [first, second]) trainer.dispose();
      }
    },
  );

  test.each([0, -1, Number.NaN, 1e39, '1e-4'])('refuses a learning rate of %p with ERR_OPTION', (rate) => {
    const trainer = new (loadNative().Trainer)(options);
    try {
      expect(() => trainer.setLearningRates(rate as number, null, null)).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION' }),
      );
    } finally {
      trainer.dispose();
    }
  });

  test.each([
    ['batchSize', 'many'],
    ['batchSize', 0],
    ['imageSize', 30],
    ['features', 24],
    ['channels', 0],
    ['augment', 'cutout'],
    ['threads', -1],
    ['device', 5],
  ])('refuses the option %s, %p, with ERR_OPTION', (name, value) => {
    const { Trainer } = loadNative();
    expect(() => new Trainer({ ...options, [name]: value })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }),
    );
  });
});
