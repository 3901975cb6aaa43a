/**
 * The process in which calls fail: it lets the Nth call of a kind fail in a life of a trainer and a generator, for one N
 * after the other, until there is no Nth call. One JSON line for each N; it ends with 1 at the first thing that is wrong.
 */
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { Plan } = require('./plan.cjs');

const { index, kind, forGood, first, every } = JSON.parse(process.argv[2]);
const { GanTrainer, Generator } = require(index);

/** Seconds after which a call that has not settled hangs. */
const patience = 60;
/** A step that was cut short may leave weights that no longer train. */
const allowed = new Set(['ERR_OUT_OF_MEMORY', 'ERR_THREADS', 'ERR_DIVERGED']);
const options = { batchSize: 4, latentSize: 8, seed: 1, threads: 2, device: 'cpu' };
const pixels = new Uint8Array(8 * 784).map((_, i) => i % 251);
const data = {
  name: 'eight images',
  load: async () => ({ name: data.name, count: 8, pixels, sha256: '0'.repeat(64) }),
};

const fail = (said) => {
  throw new Error(said);
};

/** How a call ended: null, or the code that it was rejected with. */
async function outcome(name, call) {
  const hung = Symbol('hung');
  let timer;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, patience * 1000, hung);
  });
  try {
    if ((await Promise.race([call(), timeout])) === hung) fail(`${name} hangs`);
    return null;
  } catch (error) {
    if (!allowed.has(error.code)) fail(`${name} was rejected with ${error.code ?? error.message}`);
    return error.code;
  } finally {
    clearTimeout(timer);
  }
}

/** Calls every method once. @returns the codes of those that were rejected */
async function callAll(trainer, checkpoint) {
  const codes = [];
  const take = async (name, call) => {
    const code = await outcome(name, call);
    if (code !== null) codes.push(`${name}: ${code}`);
  };
  await take('fit', () => trainer.fit(1));
  await take('trainOnBatch', () => trainer.trainOnBatch(pixels.subarray(0, 4 * 784)));
  await take('generate', () => trainer.generate(3, { seed: 2 }));
  await take('generate from noise', () => trainer.generate(2, { noise: new Float32Array(16) }));
  await take('discriminate', () => trainer.discriminate(pixels));
  await take('setWeights', async () => trainer.setWeights(await trainer.weights()));
  await take('Generator', async () => {
    const generator = await Generator.load(checkpoint, { threads: 2, device: 'cpu' });
    try {
      await Promise.all([1, 2, 3].map((count) => generator.generate(count)));
    } finally {
      generator.dispose();
    }
  });
  return codes;
}

async function tryOne(plan, nth, checkpoint) {
  plan.make(kind, nth, forGood);
  const trainer = new GanTrainer({ ...options, data });
  try {
    const codes = await callAll(trainer, checkpoint);
    const { calls, failed } = plan.end();
    // Whatever failed, the same trainer works again when there is memory again.
    const after = codes.length > 0 ? await callAll(trainer, checkpoint) : [];
    if (after.some((said) => !said.endsWith('ERR_DIVERGED'))) fail(`afterwards: ${after.join(', ')}`);
    process.stdout.write(`${JSON.stringify({ nth, calls, failed, codes })}\n`);
    return failed > 0;
  } finally {
    plan.end();
    trainer.dispose();
  }
}

async function main() {
  const directory = mkdtempSync(join(tmpdir(), 'dcgan-faults-'));
  const plan = new Plan(process.env.DCGAN_FAULTS);
  try {
    const checkpoint = join(directory, 'fresh.safetensors');
    const fresh = new GanTrainer(options);
    await fresh.save(checkpoint);
    fresh.dispose();
    for (let nth = first; await tryOne(plan, nth, checkpoint); nth += every);
  } catch (error) {
    process.stderr.write(`${error.message.replaceAll('\n', ' ')}\n`);
    process.exitCode = 1;
  } finally {
    plan.close();
    rmSync(directory, { recursive: true });
  }
}

main();
