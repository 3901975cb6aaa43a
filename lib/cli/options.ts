import { type Command, InvalidArgumentError, Option } from 'commander';
import { folderName, type PictureFolderOptions } from '../data/folder_name.js';
import type { ModelOptions } from '../options.js';
import type { FitOptions } from '../training/fit_options.js';

/** How an option of the API appears on the command line. */
interface Flag {
  /** What its value is called in the help, `<…>`; a switch has none. */
  readonly value?: string;
  /** Whether it may be given without its value, and then is true. */
  readonly alone?: true;
  /** A switch that is on, and can be turned off: what is told is what that does. */
  readonly on?: true;
  readonly says: string;
  /** Other than the API's name in kebab-case. */
  readonly name?: string;
}

/** Options of `fit` that can be typed. */
export type FitFlag = Exclude<keyof FitOptions, 'signal' | 'onEvent'>;

// Defaults are only told here: a flag that is not given must stay absent, for a --config to decide. The
// option schema sets them, and is not loaded for --help.
const modelFlags: Readonly<Record<keyof ModelOptions, Flag>> = {
  batchSize: { value: 'n', says: 'images in a batch (default: 128)' },
  latentSize: { value: 'n', says: 'length of the latent vector z (default: 100)' },
  imageSize: { value: 'n', says: 'rows of an image: 28, 32, 64, 128, … (default: those of the data)' },
  channels: { value: 'n', says: '1: grey, 3: colour, up to 16 (default: those of the data)' },
  features: { value: 'n', says: 'width of the networks, a multiple of 16 (default: 64)' },
  conditional: { says: 'train on the labels of the data, too' },
  classes: { value: 'n', says: 'how many classes the labels are of (default: those of the data)' },
  objective: {
    value: 'name',
    says: 'bce, hinge, lsgan, wasserstein or relativistic (default: bce)',
  },
  labelSmoothing: { value: 'x', says: 'how far below 1 the target of real images is, of bce (default: 0)' },
  r1: { value: 'γ', says: "penalty on the discriminator's gradient at real images (default: 0)" },
  r2: { value: 'γ', says: 'the same at drawn images (default: 0)' },
  gradientPenalty: { value: 'λ', says: "WGAN-GP's penalty between real and drawn images (default: 0)" },
  spectralNorm: { says: "divide the discriminator's weights by their largest singular value" },
  discriminatorSteps: { value: 'n', says: 'train the generator in every nth step only (default: 1)' },
  syncBatchNorm: { on: true, says: 'of several processes: batch statistics of each one’s own images' },
  gradientPrecision: {
    value: 'type',
    says: 'of several processes: send gradients as float32 or bfloat16 (default: float32)',
  },
  learningRate: { value: 'x', says: "Adam's learning rate, of both networks (default: 0.0001)" },
  learningRateGenerator: { value: 'x', says: 'that of the generator alone' },
  learningRateDiscriminator: { value: 'x', says: 'that of the discriminator alone' },
  schedule: { value: 'name', says: 'constant, or cosine to the final values (default: constant)' },
  scheduleSteps: { value: 'n', says: 'steps until the final values (default: those of this training)' },
  finalLearningRate: { value: 'x', says: 'where the learning rate ends' },
  finalBeta2: { value: 'x', says: 'where β₂ ends' },
  finalR1: { value: 'γ', says: 'where the penalty at real images ends' },
  finalR2: { value: 'γ', says: 'where the penalty at drawn images ends' },
  augment: {
    value: 'list',
    says: 'change all images at random: translate, cutout, colour, joined by commas',
  },
  ema: { value: 'images', says: 'draw with an average of the generator, of this half-life (default: 0)' },
  beta1: { value: 'x', says: "Adam's decay of the first moment (default: 0.9)" },
  beta2: { value: 'x', says: "Adam's decay of the second moment (default: 0.999)" },
  epsilon: { value: 'x', says: "Adam's ε (default: 1e-7)" },
  dropout: { value: 'x', says: "share of the discriminator's activations to drop (default: 0.3)" },
  seed: { value: 'n', says: 'decides everything that is random (default: drawn, and recorded)' },
  device: { value: 'name', says: 'auto, cpu, cuda or cuda:N (default: auto)' },
  precision: { value: 'type', says: 'float32 or bfloat16 (default: float32)' },
  threads: { value: 'n', says: 'CPU threads; 0: as many as the process may use (default: 0)' },
  tf32: { says: 'on CUDA, multiply float32 as TensorFloat-32' },
  memoryFormat: { value: 'name', says: 'on CUDA: channels-last or contiguous (default: channels-last)' },
};

const fitFlags: Readonly<Record<FitFlag, Flag>> = {
  steps: { value: 'n', says: 'at most this many steps (default: whole epochs)' },
  outDir: { value: 'dir', says: 'the run directory to make (default: the next free runs/NNNN)', name: 'out' },
  checkpointEvery: { value: 'n', says: 'epochs between checkpoints; 0: only at the end (default: 1)' },
  checkpointEverySteps: { value: 'n', says: 'steps between more checkpoints; 0: none (default: 0)' },
  keepCheckpoints: { value: 'n', says: 'how many of the newest checkpoints to keep (default: 3)' },
  keepEvery: { value: 'n', says: "keep every nth epoch's checkpoint for good; 0: none (default: 0)" },
  sampleEvery: { value: 'n', says: 'epochs between sample pictures; 0: none (default: 1)' },
  sampleEverySteps: { value: 'n', says: 'steps between more pictures; 0: none (default: 0)' },
  sampleCount: { value: 'n', says: 'images in a sample picture (default: 16, or 8 of each class)' },
  logEvery: { value: 'n', says: 'steps between reports of the losses (default: 10)' },
  tensorboard: {
    value: 'dir',
    alone: true,
    says: "write event files for TensorBoard, into the run's tensorboard/ or dir/NAME-OF-RUN",
  },
  evaluateEvery: { value: 'n', says: 'epochs between evaluations (FID, …); 0: none (default: 0)' },
  evaluateSamples: { value: 'n', says: 'images that an evaluation draws (default: 10000)' },
  evaluateFeatures: {
    value: 'file',
    says: "what describes images: of 'features train', or ONNX (default: the package's, for digits)",
  },
  onCollapse: {
    value: 'what',
    says: 'ignore, stop, or rollback to the best model at half the rate (default: ignore)',
  },
  rollbacks: { value: 'n', says: 'how often a run may go back before it ends (default: 3)' },
};

const pictureFlags: Readonly<Record<keyof PictureFolderOptions, Flag>> = {
  fit: { value: 'how', says: 'cover the square, or contain the whole picture (default: cover)' },
  background: { value: 'colour', says: 'behind transparent and contained pictures (default: black)' },
  labels: { value: 'from', says: 'folder: the names of the folders within are the classes (default: none)' },
  maxUnreadable: { value: 'n', says: 'end when more cannot be read than these (default: 100)' },
};

const textual: ReadonlySet<string> = new Set([
  'fit',
  'background',
  'labels',
  'device',
  'precision',
  'gradientPrecision',
  'memoryFormat',
  'outDir',
  'objective',
  'schedule',
  'tensorboard',
  'evaluateFeatures',
  'onCollapse',
]);
const lists: ReadonlySet<string> = new Set(['augment']);

/** Options as the user gave them: not checked yet, and absent unless given. */
export type Given<T> = { -readonly [K in keyof T]?: T[K] };

/** Adds `--batch-size` and every other option of a model, or those that are named. */
export function addModelFlags(command: Command, names?: readonly (keyof ModelOptions)[]): void {
  for (const name of names ?? (Object.keys(modelFlags) as (keyof ModelOptions)[])) {
    addFlag(command, name, modelFlags[name]);
  }
}

/** Adds `--out` and every other option of `fit`, or those that are named. */
export function addFitFlags(command: Command, names?: readonly FitFlag[]): void {
  for (const name of names ?? (Object.keys(fitFlags) as FitFlag[])) addFlag(command, name, fitFlags[name]);
}

/** Adds `--fit` and every other option of a folder of pictures. */
export function addPictureFlags(command: Command): void {
  for (const [name, flag] of Object.entries(pictureFlags)) addFlag(command, name, flag);
}

/** The name of the data that `--data` and the options of its pictures stand for; undefined where there is none. */
export function pickData(flags: Readonly<Record<string, unknown>>): string | undefined {
  const { data } = flags;
  return typeof data === 'string' ? folderName(data, pickPictureOptions(flags)) : undefined;
}

export function pickPictureOptions(flags: Readonly<Record<string, unknown>>): Given<PictureFolderOptions> {
  return pick(flags, Object.keys(pictureFlags));
}

export function pickModelOptions(flags: Readonly<Record<string, unknown>>): Given<ModelOptions> {
  return pick(flags, Object.keys(modelFlags));
}

/** The `fit` options among `flags`, under the API's names. */
export function pickFitOptions(flags: Readonly<Record<string, unknown>>): Given<FitOptions> {
  const { out: outDir, ...rest } = flags;
  return pick({ ...rest, outDir }, Object.keys(fitFlags));
}

/** Every option of the API that can be typed, by the API's name. */
export const optionNames: readonly string[] = [...Object.keys(modelFlags), ...Object.keys(fitFlags)];

/** Of methods that draw frames and find directions: options whose flags have other names than the API's. */
const otherNames: Readonly<Record<string, string>> = {
  truncation: 'trunc',
  strengths: 'strength',
  measures: 'measure',
};

/** `--batch-size` for `batchSize`. */
export function flagOf(name: string): string {
  const given = (fitFlags as Readonly<Record<string, Flag | undefined>>)[name]?.name;
  const flag = given ?? otherNames[name] ?? kebab(name);
  return `--${flag}`;
}

/**
 * The number that a text is for `Number()`. Text that is none is handed on as it is: the API refuses it, and
 * then its error shows what was typed.
 */
export function parseNumber(text: string): number {
  const value = Number(text);
  return text.trim() === '' || (Number.isNaN(value) && text !== 'NaN') ? (text as unknown as number) : value;
}

/** An option whose value is a number. */
export function numeric(flags: string, says: string): Option {
  return new Option(flags, says).argParser((text) => parseNumber(parseText(text)));
}

/** An option whose value is a list of texts. */
function list(flags: string, says: string): Option {
  return new Option(flags, says).argParser((value) =>
    parseText(value)
      .split(',')
      .filter((part) => part !== ''),
  );
}

/** An option whose value is a text. */
export function text(flags: string, says: string): Option {
  return new Option(flags, says).argParser(parseText);
}

function addFlag(command: Command, name: string, flag: Flag): void {
  if (flag.on) {
    // By itself the second would set the option wherever it is not given, also where a --config says otherwise.
    command.addOption(new Option(flagOf(name)).hideHelp());
    command.addOption(new Option(flagOf(name).replace('--', '--no-'), flag.says));
    return;
  }
  if (flag.value === undefined) {
    command.addOption(new Option(flagOf(name), flag.says));
    return;
  }
  const flags = `${flagOf(name)} ${flag.alone ? `[${flag.value}]` : `<${flag.value}>`}`;
  const kind = lists.has(name) ? list : textual.has(name) ? text : numeric;
  command.addOption(kind(flags, flag.says));
}

/** In `--out --json` the value was forgotten; a file of that name is nobody's wish. */
function parseText(value: string): string {
  if (value.startsWith('--'))
    throw new InvalidArgumentError('It is an option; a value is missing before it.');
  return value;
}

function pick<T extends object>(
  flags: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Given<T> {
  const given = names.filter((name) => flags[name] !== undefined).map((name) => [name, flags[name]]);
  return Object.fromEntries(given) as Given<T>;
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
