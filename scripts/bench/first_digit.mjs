/**
 * `first_digit.mjs save FILE` writes a checkpoint. `first_digit.mjs draw FILE` draws a digit from it, through the public
 * API alone, and prints one JSON line: milliseconds that each part took. Each must be a process of its own.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const spent = {};

/** Runs `f` and books its time. */
function clocked(part, f) {
  const began = performance.now();
  const book = () => {
    spent[part] = performance.now() - began;
  };
  const result = f();
  if (result instanceof Promise) return result.finally(book);
  book();
  return result;
}

/** Books the time of `object[name]` from now on. */
function clock(object, name, part) {
  const own = object[name];
  object[name] = (...args) => clocked(part, () => own.apply(object, args));
}

/** Books the time in which Node opens the addon, and in which the addon opens libtorch and the core library. */
function clockLoader() {
  const { dlopen } = process;
  process.dlopen = (module, ...args) => {
    clocked('loader', () => dlopen.call(process, module, ...args));
    const { load } = module.exports;
    module.exports.load = (libtorch, core, ...rest) => {
      // A core library that is not there stops the loader once libtorch is open; what is open is not opened again.
      clocked('libtorch', () => refused(() => load(libtorch, `${core}-is-not-there`)));
      return clocked('core', () => load(libtorch, core, ...rest));
    };
  };
}

function refused(f) {
  try {
    f();
  } catch {}
}

async function save(file) {
  const { GanTrainer } = require('../../dist/index.js');
  const trainer = new GanTrainer({ device: 'cpu', seed: 1 });
  await trainer.fit(1, { steps: 1 });
  await trainer.save(file);
  trainer.dispose();
}

async function draw(file) {
  const began = performance.now();
  const { Generator } = clocked('package', () => require('../../dist/index.js'));
  clock(require('../../dist/run/run.js'), 'resolveCheckpoint', 'checkpoint');
  clock(require('../../dist/native/load.js'), 'loadNative', 'native');
  clockLoader();
  const generator = await clocked('load', () => Generator.load(file, { device: 'cpu' }));
  await clocked('draw', () => generator.generate(1, { seed: 1 }));
  const total = performance.now() - began;
  generator.dispose();
  const { package: required, checkpoint, native, loader, libtorch, core, load, draw } = spent;
  const milliseconds = {
    'require the package': required,
    'read the checkpoint': checkpoint,
    'find libtorch': native - loader - libtorch - core,
    'open the loader': loader,
    'open libtorch': libtorch,
    'open the core library': core,
    'make the generator': load - native - checkpoint,
    'first draw': draw,
    total,
    // performance.now() counts from the start of the process.
    'Node itself, before': began,
  };
  process.stdout.write(`${JSON.stringify(milliseconds)}\n`);
}

const [, , command, file] = process.argv;
await (command === 'save' ? save(file) : draw(file));
