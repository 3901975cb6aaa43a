import { optionNames } from '../../lib/cli/options.js';
import { asTyped } from '../../lib/cli/wording.js';
import { resolveOptions } from '../../lib/options.js';

test.each([
  ["Option 'batchSize' is wrong: it is 0.", 'Option --batch-size is wrong: it is 0.'],
  ["Option 'columns' is wrong: it is 0.", 'Option --columns is wrong: it is 0.'],
  [
    'Memory ran out. Use a smaller batchSize, or free memory.',
    'Memory ran out. Use a smaller --batch-size, or free memory.',
  ],
  ['Resume with a smaller learningRate.', 'Resume with a smaller --learning-rate.'],
  [
    "The checkpoint's latentSize is 100. Leave latentSize out.",
    "The checkpoint's --latent-size is 100. Leave --latent-size out.",
  ],
  [
    'Name the same data, or allow it with allowMismatch: true.',
    'Name the same data, or allow it with --force.',
  ],
  [
    'Continue it with GanTrainer.resume, or choose another outDir.',
    'Continue it with --resume, or choose another --out.',
  ],
])('%j is worded as %j', (message, worded) => {
  expect(asTyped(message)).toBe(worded);
});

test.each([
  'Cannot write runs/batchSize/a.png: the disk is full.',
  'Cannot write learningRate.png: the disk is full.',
  'a.h5 holds another network: the input is [null, 28], not [null, "latentSize"].',
  'There is no checkpoint at my-outDir: name a checkpoint file or a run.',
  'The seed decides everything, and the device nothing.',
])('%j stays as it is', (message) => {
  expect(asTyped(message)).toBe(message);
});

test('the list of known options is one of flags', () => {
  const refused = () => resolveOptions({ sed: 7 } as object);
  expect(refused).toThrow(/'batchSize', 'latentSize',/);
  let said = '';
  try {
    refused();
  } catch (error) {
    said = asTyped((error as Error).message);
  }
  expect(said).toMatch(/: --batch-size, --latent-size, .*--learning-rate, .*--beta1, .*--seed, --device, /);
});

test.each(optionNames)(
  'no message keeps the name %s of the API where it says that it is an option',
  (name) => {
    expect(asTyped(`Option '${name}' is wrong.`)).toMatch(/^Option --[a-z0-9-]+ is wrong\.$/);
  },
);
