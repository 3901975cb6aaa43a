import { type Command, Option } from 'commander';
import { type ExportFormat, exportFormats } from '../interop/formats.js';
import { type PresetName, presets } from '../presets.js';
import { addCompanyFlags, type CompanyFlags } from './company.js';
import { portOption } from './dashboard.js';
import { formatOption } from './export.js';
import { type Example, examplesText } from './help.js';
import { addFitFlags, addModelFlags, addPictureFlags, type FitFlag, numeric, text } from './options.js';

/** What was typed after `train`: unchecked, and absent unless given. */
export interface TrainFlags extends CompanyFlags, Readonly<Record<string, unknown>> {
  readonly data?: string;
  /** The run directory to make. */
  readonly out?: string;
  readonly epochs?: number;
  readonly steps?: number;
  readonly preset?: PresetName;
  readonly config?: string;
  readonly resume?: string;
  readonly from?: string;
  readonly export?: ExportFormat;
  readonly force?: boolean;
  readonly json?: boolean;
  /** A port, or true for the usual one. */
  readonly dashboard?: number | true;
  readonly preview?: boolean;
  readonly quiet?: boolean;
}

const examples: readonly Example[] = [
  ['npx dcgan-native train --preset fast', 'good digits in two minutes, in runs/0001'],
  ['npx dcgan-native train', "100 epochs of the article's recipe"],
  ['npx dcgan-native train --epochs 3 --out runs/short --seed 7'],
  ['npx dcgan-native train --data fashion/ --batch-size 64', 'any IDX images'],
  [
    'npx dcgan-native train --data faces/ --image-size 64 --augment translate,cutout',
    'pictures of one’s own',
  ],
  ['npx dcgan-native train --resume runs/0001', 'up to the number first asked for'],
  ['npx dcgan-native train --resume runs/0001 --epochs 10', '10 more'],
  ['npx dcgan-native train --from model.safetensors', 'from a checkpoint or an import, in a new run'],
  ['npx dcgan-native train --config runs/0001/config.json', 'the same again, in a new run'],
  ['npx dcgan-native train --steps 200 --json > events.jsonl'],
  ['torchrun --no-python --nproc-per-node 2 npx dcgan-native train', 'two processes as one'],
];

const afterExamples = 'Ctrl-C saves everything and exits with 130; one more stops at once.';

// The order in the help; `--steps` belongs beside `--epochs`.
const written = [
  'outDir',
  'checkpointEvery',
  'checkpointEverySteps',
  'keepCheckpoints',
  'keepEvery',
  'sampleEvery',
  'sampleEverySteps',
  'sampleCount',
  'logEvery',
  'tensorboard',
] as const satisfies readonly FitFlag[];

/** Its names and what they are for: more are added in `lib/presets.ts`. */
function presetOption(): Option {
  const says = Object.entries(presets).map(([name, preset]) => `${name}: ${preset.says}`);
  return new Option('--preset <name>', `a set of options, over which others win: ${says.join('; ')}`)
    .choices(Object.keys(presets))
    .conflicts(['config', 'resume', 'from']);
}

const watched = [
  'evaluateEvery',
  'evaluateSamples',
  'evaluateFeatures',
  'onCollapse',
  'rollbacks',
] as const satisfies readonly FitFlag[];

export function addTrainCommand(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command('train')
    .description('Train a DCGAN, and write pictures and checkpoints into a run directory.')
    .optionsGroup('What to do:')
    .addOption(text('--data <path>', 'an IDX file, or a directory of such or of pictures (default: MNIST)'))
    .addOption(presetOption())
    .addOption(
      numeric(
        '--epochs <n>',
        "how many epochs, or with --resume how many more (default: 100, or the preset's)",
      ),
    );
  addFitFlags(command, ['steps']);
  command
    .addOption(
      text(
        '--resume <run>',
        'go on with a run, in its directory; auto: with that of --out, or begin it there',
      ).conflicts('config'),
    )
    .addOption(
      text('--from <run-or-checkpoint>', 'begin a new run with these networks and optimisers').conflicts([
        'config',
        'resume',
      ]),
    )
    .addOption(text('--config <file>', 'repeat the run with this config.json; other options given win'))
    .option('--force', 'resume or begin although the data are others')
    .optionsGroup('Folders of pictures:');
  addPictureFlags(command);
  command.optionsGroup('Model and training:');
  addModelFlags(command);
  command.optionsGroup('Together with other processes:');
  addCompanyFlags(command);
  command.optionsGroup('How it is judged:');
  addFitFlags(command, watched);
  command.optionsGroup('What is written:');
  addFitFlags(command, written);
  command.addOption(
    formatOption('--export <format>', 'at the end, write both networks into the run as well', exportFormats),
  );
  command
    .option('--json', 'print every event on stdout, one JSON object a line')
    .addOption(
      portOption(
        '--dashboard [port]',
        'show the run in the browser meanwhile, at the address that is printed',
      ),
    )
    .option('--preview', 'draw each sample picture in the terminal')
    .option('--quiet', 'print nothing but errors')
    .addHelpText('after', examplesText(examples, afterExamples))
    .action(async (flags: TrainFlags) => {
      const { runTraining } = await import('./session.js');
      finish(await runTraining(flags));
    });
}
