import { Command } from 'commander';
import { addFitFlags, pickFitOptions } from '../../lib/cli/options.js';

test.each([
  [['--tensorboard'], { tensorboard: true }],
  [['--tensorboard', 'logs'], { tensorboard: 'logs' }],
  [['--tensorboard', '--steps', '3'], { tensorboard: true, steps: 3 }],
  [['--steps', '3'], { steps: 3 }],
])('%j is the option %j', (words, options) => {
  const command = new Command();
  addFitFlags(command);
  expect(pickFitOptions(command.parse(words, { from: 'user' }).opts())).toEqual(options);
});
