/** The native classes as the core library registers them. Typed by hand; `native/binding` is the other side. */

import type { TensorState } from '../network/state.js';
import type { Network } from '../network/tensors.js';
import type { ModelOptions } from '../options.js';

/** Mean losses of some consecutive steps. */
export interface NativeLosses {
  readonly generatorLoss: number;
  readonly discriminatorLoss: number;
  /** The sum of all penalties, which is no part of the discriminator's loss. */
  readonly penalty: number;
}

/** What `run` resolves to: the step reached and what each step's losses were, interleaved. */
export interface NativeRun {
  readonly step: number;
  /** [3 · steps taken]: discriminator's loss, generator's loss, penalties, step by step. */
  readonly losses: Float32Array;
  readonly seconds: number;
  /** What the user should know of how the steps run, told once; else empty. */
  readonly notice: string;
  /** Whether one of several processes wants to stop; a process alone has simply taken fewer steps. */
  readonly stopped: boolean;
  /** Why no more steps can be taken: another process is lost. The steps that were taken are good. Else empty. */
  readonly lost: string;
}

/** What the trainer's threads can do at most, in GFLOP/s; a multiply-add counts as two. */
export interface NativePeak {
  readonly float32: number;
  /** Products of bfloat16 summed in float32; null where the CPU has no instruction for them. */
  readonly bfloat16: number | null;
}

/** What images are drawn from: latent vectors [count, latentSize], or the seed that decides them. */
export interface NativeLatents {
  readonly count: number;
  readonly from: Float32Array | number;
  /** How many images of a seed come before these; 0 where it is left out. */
  readonly first?: number;
  /** The class of each, or weights of all classes [count, classes], of a model with classes; null without. */
  readonly labels: Int32Array | Float32Array | null;
}

export interface NativeTrainer {
  /** Steps taken, as of the last call that ended, whether it failed or not. */
  readonly step: number;
  /** Makes the networks, when no other call did before; gives the device in use: `cpu` or `cuda:N`. */
  open(): Promise<string>;
  /**
   * Puts [N, S, S, C] uint8 images on the device, where trainers of the same images share them; the array may be used again
   * once this has returned. Those of a file stay there, and each batch is read. `originEpoch` is the number, from 0, of the epoch that begins at step
   * `originStep`. `labels` are needed by a model with classes.
   */
  setData(
    images: Uint8Array | { readonly path: string; readonly offset: number },
    count: number,
    originStep: number,
    originEpoch: number,
    labels: Int32Array | null,
  ): Promise<void>;
  /** Takes `steps` steps on the resident data, in the order of (seed, epoch); ends early after `stop()`. */
  run(steps: number): Promise<NativeRun>;
  /** Takes steps on the resident data and gives the seconds spent in each operator; for the benchmark. */
  profile(steps: number): Promise<Record<string, number>>;
  /** Measures the CPU's multiply-add peak, in some 0.1 s; for the benchmark. */
  peak(): Promise<NativePeak>;
  /** One step on this process's share of the batch: [B, S, S, C] float32 images in [-1, 1], [B, latent] noise (null: the seed's own) and, with classes, labels. */
  trainOnBatch(
    images: Float32Array,
    noise: Float32Array | null,
    labels: Int32Array | null,
  ): Promise<NativeLosses>;
  /** Images [n, S, S, C] in [-1, 1] of all latents, one after the other, with inference statistics. */
  generate(latents: readonly NativeLatents[]): Promise<Float32Array>;
  /** [n, S, S, C] images → n logits, without dropout. */
  discriminate(images: Float32Array, count: number, labels: Int32Array | null): Promise<Float32Array>;
  /** Copies of every tensor: networks, statistics, (`adam.m.…`, `adam.v.…`) both optimisers, (`ema.…`) the average. */
  state(): Promise<{ readonly step: number; readonly tensors: TensorState }>;
  /** Replaces tensors by name; each must exist and have its shape. Without a step that one stays as it is. */
  setState(state: TensorState, step: number | null): Promise<void>;
  /** Adam's learning rates from the next step on. */
  setLearningRates(both: number, generator: number | null, discriminator: number | null): Promise<void>;
  /** Ends a `run` after the step that is being taken. */
  stop(): void;
  worker(): NativeWorker;
  /** Stops, and frees everything once the current step is over. */
  dispose(): void;
}

export interface NativeGenerator {
  /** Takes the `generator.*` tensors; gives the device in use. Before `generate`. */
  open(state: TensorState): Promise<string>;
  generate(latents: readonly NativeLatents[]): Promise<Float32Array>;
  worker(): NativeWorker;
  dispose(): void;
}

/** How the processes that train together find each other; `native/core/parallel/meeting.h` says what each is. */
export interface NativeMeeting {
  readonly rank: number;
  readonly worldSize: number;
  readonly host: string;
  readonly port: number;
  readonly launcherKeepsStore: boolean;
  readonly meeting: string;
  readonly machine: string;
  /** Seconds. */
  readonly limit: number;
}

/** A group that was joined, for a trainer. */
export type NativeGroupHandle = object;

/** The processes that train together: each makes the same calls in the same order. They reject with ERR_PARALLEL. */
export interface NativeProcessGroup {
  /** Waits until all processes are there. Before all others. */
  join(meeting: NativeMeeting): Promise<void>;
  /** What the process of rank 0 gave. */
  broadcast(bytes: Uint8Array): Promise<Uint8Array>;
  /** What each gave, in the order of ranks. */
  gather(bytes: Uint8Array): Promise<Uint8Array[]>;
  /** Says why this process cannot go on: that is what the calls of the others reject with. */
  fail(reason: string): Promise<void>;
  handle(): NativeGroupHandle;
  /** Leaves: calls of the others reject. */
  dispose(): void;
}

/** A worker thread that another object may share: `worker()` of a trainer or a generator. */
export type NativeWorker = object;

/** A figure and its standard error. */
export interface NativeFigure {
  readonly value: number;
  readonly error: number;
}

/** Features of images, and figures from them; `native/core/evaluation` says what each is. */
export interface NativeEvaluator {
  /** Takes a classifier's tensors. Before `classify`, unless one is trained. */
  open(state: TensorState): Promise<void>;
  /** Labelled images [N, S, S, C] to train a classifier on; the arrays may be used again once this has returned. */
  setTraining(images: Uint8Array, count: number, labels: Int32Array): Promise<void>;
  /** Takes `steps` of `all` steps; gives the number reached and their mean loss. */
  train(steps: number, all: number): Promise<{ readonly step: number; readonly loss: number }>;
  /** The tensors of the classifier that is trained. */
  state(): Promise<TensorState>;
  /** [n, S, S, C] images in [-1, 1] → features [n, dims] and logits [n, classes]. */
  classify(
    images: Float32Array,
    count: number,
  ): Promise<{ readonly features: Float32Array; readonly logits: Float32Array }>;
  /** Features [n, dims] that others are compared with. */
  setReference(features: Float32Array, count: number, dims: number): Promise<void>;
  /** Begins to compare features [n, dims]; `logits` [n, classes], or no classes. `advance` does the work. */
  compare(
    features: Float32Array,
    count: number,
    dims: number,
    logits: Float32Array | null,
    classes: number,
    seed: number,
  ): Promise<void>;
  /** Does some tenths of a second of it; the figures are there when `done` is `of`. */
  advance(): Promise<{
    readonly done: number;
    readonly of: number;
    readonly figures: Readonly<Record<string, NativeFigure>>;
    readonly histogram: Float32Array;
  }>;
  /** Images [n, S, S, C] in [-1, 1] whose nearest ones are looked for. */
  setNearest(images: Float32Array, count: number): Promise<void>;
  /** Some of those that may be: whole images of pixels 0 … 255. */
  lookAt(pixels: Uint8Array): Promise<void>;
  /** The distance of each to the nearest that was looked at, its pixels from 0 to 1. */
  nearest(): Promise<Float32Array>;
  dispose(): void;
}

/** What is known of n pictures, and where the search for latents whose images fit begins. `native/core/latent` has the formulas. */
export interface NativeLatentProblem {
  /** What is known: [n, S / pooling, S / pooling, C] in [-1, 1]. */
  readonly targets: Float32Array;
  /** So many rows, and columns, of an image are averaged to one of what is known. */
  readonly pooling: number;
  /** What each pixel counts, [n, S / pooling, S / pooling], 0 where it is not known; null: all alike. */
  readonly weights: Float32Array | null;
  /** Where the search begins, [n · starts, latentSize]: those of a picture one after the other. */
  readonly latents: Float32Array;
  readonly starts: number;
  /** [n · starts], or weights of classes [n · starts, classes]; null without classes. */
  readonly labels: Int32Array | Float32Array | null;
  readonly steps: number;
  /** Of Adam, at the top of its ramps. */
  readonly learningRate: number;
  /** Whether differences of pixels count by their magnitude rather than by their square. */
  readonly absolute: boolean;
  /** λ of the squared distance of features, which needs a classifier; 0: none. */
  readonly featureWeight: number;
  /** λ of softplus(−D(x)), which needs a discriminator; 0: none. */
  readonly realismWeight: number;
  /** λ of ‖z‖² / latentSize. */
  readonly priorWeight: number;
  /** Numbers of a latent vector beyond ± this are drawn anew (stochastic clipping); 0: none are. */
  readonly clip: number;
  /** Decides what is drawn anew. */
  readonly seed: number;
}

/** What a search has found, row by row the best that it came by. */
export interface NativeLatentResult {
  /** [n · starts, latentSize] */
  readonly latents: Float32Array;
  /** [n · starts, S, S, C]: their images. */
  readonly images: Float32Array;
  /** [n · starts]: what was made small, priors included. */
  readonly losses: Float32Array;
}

/** Latents by the gradient of a generator, and networks that guess them. */
export interface NativeLatentSearch {
  /**
   * Takes the tensors of a generator, and of those networks that take part: null for others. `classifier` has the options of
   * its own network.
   */
  open(
    generator: TensorState,
    discriminator: TensorState | null,
    classifier: { readonly options: ModelOptions; readonly state: TensorState } | null,
  ): Promise<void>;
  /** Begins a search, in place of one before. `advance` does the work. */
  begin(problem: NativeLatentProblem): Promise<void>;
  /** Does some tenths of a second of it. */
  advance(): Promise<{ readonly done: number; readonly of: number }>;
  /** What was found, once `done` is `of`. */
  result(): Promise<NativeLatentResult>;
  /** Begins to train an encoder anew; `options.features` is its width, `batchSize`, `learningRate` and `seed` are of its training. */
  beginEncoder(options: ModelOptions): Promise<void>;
  /** Takes `steps` of `all` steps; gives the number reached and their mean loss: that of latents, and that of pixels. */
  trainEncoder(
    steps: number,
    all: number,
  ): Promise<{ readonly step: number; readonly latentLoss: number; readonly pixelLoss: number }>;
  /** The tensors `encoder.…` of the one that is trained. */
  encoderState(): Promise<TensorState>;
  /** Takes an encoder that was trained before. */
  openEncoder(options: ModelOptions, state: TensorState): Promise<void>;
  /** Images [n, S, S, C] → latents [n, latentSize] and, with classes, logits [n, classes]. */
  encode(
    images: Float32Array,
    count: number,
  ): Promise<{ readonly latents: Float32Array; readonly logits: Float32Array }>;
  dispose(): void;
}

/** A layer of a network, as `native/core/network` lists it. Tensors are shapes by name. */
export interface NativeLayer {
  readonly name: string;
  /** Of an image's share of a batch. */
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly trained: Readonly<Record<string, readonly number[]>>;
  readonly statistics: Readonly<Record<string, readonly number[]>>;
}

export interface NativeCore {
  /** With the processes of a group, where one is given: `options.batchSize` is the batch of all. */
  readonly Trainer: new (
    options: ModelOptions,
    group?: NativeGroupHandle,
  ) => NativeTrainer;
  readonly ProcessGroup: new () => NativeProcessGroup;
  /** Inference only. */
  readonly Generator: new (
    options: ModelOptions,
  ) => NativeGenerator;
  /** Of images and classes as the options say. With a worker it computes on that one, in turn with whose it is. */
  readonly Evaluator: new (
    options: ModelOptions,
    worker?: NativeWorker,
  ) => NativeEvaluator;
  /** Of a generator of these options, on the thread of `worker` or one of its own. */
  readonly LatentSearch: new (
    options: ModelOptions,
    worker?: NativeWorker,
  ) => NativeLatentSearch;
  /** The layers of both networks, and of a classifier of its classes, that options stand for; `lib/network/layers.ts` is held to them. */
  layers(options: ModelOptions): Readonly<
    Record<Network, readonly NativeLayer[]> & {
      readonly encoder: readonly NativeLayer[];
      readonly classifier?: readonly NativeLayer[];
    }
  >;
  /** How many CPU threads `threads: 0` stands for, and what decided it. `root`: what stands before /proc and /sys. */
  defaultThreads(root?: string): { readonly count: number; readonly reason: string };
  torchVersion(): string;
  cudaDevices(): number;
  /** `avx512`, `avx2`, `neon` or `default`: the vector path that the CPU kernels take. */
  vectorUnit(): string;
}

/** The loader addon: it contains no libtorch. */
export interface NativeLoader {
  /**
   * Opens a libtorch by path, then the core built for its minor version; returns the core's classes. `plugin` is the
   * CUDA plug-in of that version, where there is one; when it does not load, steps run without graphs and say so.
   */
  load(libtorch: string, core: string, plugin?: string): NativeCore;
  /** Opens a libtorch by path; what it says of itself, `major.minor.patch`, or null where it cannot tell. */
  version(libtorch: string): string | null;
}
