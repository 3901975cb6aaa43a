import { Command, CommanderError } from 'commander';
import { addDashboardCommand } from './dashboard.js';
import { addDenoiseCommand } from './denoise.js';
import { addDirectionsCommand } from './directions.js';
import { addDoctorCommand } from './doctor.js';
import { addEditCommand } from './edit.js';
import { addEncoderCommand } from './encoder.js';
import { addEvaluateCommand } from './evaluate.js';
import { addExportCommand } from './export.js';
import { addFeaturesCommand } from './features.js';
import { addFilmCommand } from './film.js';
import { addGenerateCommand } from './generate.js';
import { type Example, examplesText, layOutHelp } from './help.js';
import { addImportCommand } from './import.js';
import { addInpaintCommand } from './inpaint.js';
import { addInterpolateCommand } from './interpolate.js';
import { addPackCommand } from './pack.js';
import { addPlotCommand } from './plot.js';
import { addProjectCommand } from './project.js';
import { exitCodes, reportError } from './report.js';
import { addSetupCommand } from './setup.js';
import { addShowCommand } from './show.js';
import { addTrainCommand } from './train.js';
import { addUpscaleCommand } from './upscale.js';
import { usageError } from './usage.js';
import { printVersions } from './versions.js';
import { addWalkCommand } from './walk.js';

const versionAsked = 'dcgan.version';

const examples: readonly Example[] = [
  ['npx dcgan-native generate --out digits.png', 'digits at once'],
  ['npx dcgan-native train --preset fast', 'good digits in two minutes'],
  ['npx dcgan-native train', "the article's 100 epochs"],
  ['npx dcgan-native train --resume runs/0001', 'go on where it stopped'],
  ['npx dcgan-native generate runs/0001 --count 64 --seed 7 --out digits.png'],
];

const afterExamples = 'Each command explains itself: npx dcgan-native train --help';

/**
 * Runs the program.
 * @param argv the words after the program's name
 * @returns the exit status: 0 done, 1 an error that stderr names, 2 wrong usage; with everything saved 129,
 * 130 and 143 stopped by SIGHUP, Ctrl-C and SIGTERM, 141 stopped because the reader of stdout went away.
 */
export async function main(argv: readonly string[]): Promise<number> {
  survivePipes();
  try {
    return await dispatch(argv);
  } catch (error) {
    return reportError(error);
  }
}

async function dispatch(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === versionAsked) return printVersions();
    // Without a command the help is shown, on stderr.
    if (error.code === 'commander.help' && error.exitCode !== 0) return exitCodes.usage;
    if (error.exitCode !== 0) throw error;
  }
  return exitCode;
}

function createProgram(finish: (exitCode: number) => void): Command {
  const program = new Command('dcgan-native')
    .description(
      'Train a DCGAN on MNIST, on other images or on pictures of your own, and draw images with it.',
    )
    // After a command, its own --version is meant.
    .enablePositionalOptions()
    .configureOutput({ outputError: () => undefined })
    .option('-V, --version', 'the versions of this program, of libtorch and of Node.js')
    .on('option:version', () => {
      // Thrown through the parser, which cannot wait for what it takes to find libtorch.
      throw new CommanderError(0, versionAsked, 'version');
    })
    .addHelpText('after', examplesText(examples, afterExamples));
  // Subcommands take over the settings that were made before them.
  layOutHelp(program);
  addTrainCommand(program, finish);
  addPackCommand(program, finish);
  addGenerateCommand(program, finish);
  addInterpolateCommand(program, finish);
  addWalkCommand(program, finish);
  addEditCommand(program, finish);
  addDirectionsCommand(program, finish);
  addProjectCommand(program, finish);
  addInpaintCommand(program, finish);
  addDenoiseCommand(program, finish);
  addUpscaleCommand(program, finish);
  addEncoderCommand(program, finish);
  addEvaluateCommand(program, finish);
  addFeaturesCommand(program, finish);
  addDashboardCommand(program, finish);
  addPlotCommand(program, finish);
  addFilmCommand(program, finish);
  addShowCommand(program, finish);
  addExportCommand(program, finish);
  addImportCommand(program, finish);
  addSetupCommand(program, finish);
  addDoctorCommand(program, finish);
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap((each) => each.commands),
  ]) {
    command.exitOverride((error) => {
      throw error.exitCode === 0 || error.code === 'commander.help' ? error : usageError(error, command);
    });
  }
  return program;
}

/**
 * `dcgan-native … | head` closes a stream under us: no reason for a stack trace. A training watches stdout
 * itself.
 */
function survivePipes(): void {
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
}
