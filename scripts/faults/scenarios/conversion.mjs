import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { contentsOf, copyTree, isSame } from '../files.mjs';
import { library } from '../program.mjs';

const inputOf = ({ directory }) => join(directory, 'input');
const outputOf = ({ directory }) => join(directory, 'output');
const temporaryOf = ({ directory }) => join(directory, 'temporary');

/**
 * Something that reads `input` and writes `output`, directories both. What it reads stays as it is; of what it writes each file
 * is the old one or the new one, and when it succeeds the new one.
 * @param input what of the material it reads
 * @param old what of the material lies where it writes
 * @param read the files of a directory by their paths, each as bytes that are the same for the same file
 */
function conversion(name, { codes, input, old, run, read = contentsOf }) {
  let made = null;
  return {
    name,
    codes: ['ERR_OUTPUT', ...codes],
    prepare: (place) => {
      for (const directory of [outputOf(place), temporaryOf(place)])
        mkdirSync(directory, { recursive: true });
      copyTree(join(place.material, input), inputOf(place));
      if (old) copyTree(join(place.material, old), outputOf(place));
    },
    before: async (place) => ({ input: contentsOf(inputOf(place)), output: await read(outputOf(place)) }),
    run: async (place, execute) => {
      // Where the HDF5 library writes its files.
      process.env.TMPDIR = temporaryOf(place);
      try {
        return await run(place, execute);
      } finally {
        delete process.env.TMPDIR;
      }
    },
    problems: async (place, { before, fault, outcome }) => {
      const problems = [];
      const expect = (holds, sentence) => holds || problems.push(sentence);
      expect(isSame(before.input, contentsOf(inputOf(place))), 'what is read was changed');
      const mayLeave = leftBy(fault);
      const parts = [...contentsOf(outputOf(place)).keys()].filter(isPart);
      const temporaries = readdirSync(temporaryOf(place));
      for (const left of [parts, temporaries]) expect(left.length <= mayLeave, `left: ${left.join(', ')}`);
      const output = new Map([...(await read(outputOf(place)))].filter(([path]) => !isPart(path)));
      // What is done without a fault, before all else.
      if (!fault) made = output;
      expect(outcome.status !== 0 || isSame(output, made), 'it ended with 0, and made something else');
      for (const path of before.output.keys()) expect(output.has(path), `${path} is gone`);
      for (const [path, bytes] of output) {
        const isWhole = [made, before.output].some((files) => files.get(path)?.equals(bytes));
        expect(isWhole, `${path} is neither the old file nor the new one`);
      }
      return problems;
    },
  };
}

/** How many temporary files or directories a fault may leave: what cannot be removed, for each of two networks at most. */
function leftBy(fault) {
  if (fault?.mode === 'kill') return 1;
  if (!['unlink', 'list'].includes(fault?.operation)) return 0;
  return fault.mode === 'once' ? 1 : 2;
}

const isPart = (path) => path.endsWith('.tmp');

/** Both networks that files of Keras hold: in the files is the time at which they were written. */
async function readKeras(directory) {
  const [generator, discriminator] = readdirSync(directory)
    .filter((name) => !isPart(name))
    .sort()
    .reverse();
  const { importKeras } = library('interop/import.js');
  const files = { generator: join(directory, generator), discriminator: join(directory, discriminator) };
  const { state } = await importKeras(files, { seed: 7 });
  const bytesOf = (network) => {
    const tensors = Object.entries(state).filter(([name]) => name.startsWith(network));
    return Buffer.concat(
      tensors.map(([, { data }]) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
    );
  };
  return new Map([
    [generator, bytesOf('generator.')],
    [discriminator, bytesOf('discriminator.')],
  ]);
}

const unread = ['ERR_CHECKPOINT_READ'];
const quiet = ['--quiet', '--force'];

const generate = conversion('generate', {
  codes: unread,
  input: 'run',
  run: (place, execute) =>
    execute([
      ...['generate', inputOf(place), '--count', '2', '--threads', '1', ...quiet],
      ...['--single', '--out', outputOf(place)],
    ]),
});

const exportTo = (format, more = {}) =>
  conversion(`export ${format}`, {
    codes: unread,
    input: 'run',
    run: (place, execute) =>
      execute(['export', inputOf(place), '--format', format, ...quiet, '--out', outputOf(place)]),
    ...more,
  });

const importFrom = (format) =>
  conversion(`import ${format}`, {
    codes: ['ERR_IMPORT_FORMAT'],
    input: format,
    run: (place, execute) => {
      const { exportFiles } = library('interop/formats.js');
      const files = exportFiles[format].map((name) => join(inputOf(place), name));
      const out = join(outputOf(place), 'imported.safetensors');
      return execute(['import', ...files, '--format', format, '--seed', '7', ...quiet, '--out', out]);
    },
  });

const loadAndSave = {
  ...conversion('load and save', {
    codes: unread,
    input: 'run/checkpoints',
    run: async (place) => {
      const { GanTrainer, Generator } = library('index.js');
      const newest = join(inputOf(place), 'step-00000003.safetensors');
      const open = [];
      try {
        open.push(await Generator.load(newest, { threads: 1 }));
        open.push(await GanTrainer.load(newest));
        await open[1].save(join(outputOf(place), 'saved.safetensors'));
        return { status: 0, code: null, sentence: null, signal: null };
      } catch ({ code, message }) {
        return { status: 1, code, sentence: message, signal: null };
      } finally {
        for (const one of open) one.dispose();
      }
    },
  }),
  isApi: true,
};

export const conversions = [
  generate,
  exportTo('keras', { old: 'keras', read: readKeras }),
  exportTo('onnx'),
  exportTo('safetensors', { old: 'safetensors' }),
  importFrom('keras'),
  importFrom('safetensors'),
  loadAndSave,
];
