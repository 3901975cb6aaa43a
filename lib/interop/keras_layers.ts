import {
  discriminatorLayers,
  generatorLayers,
  kernelSize,
  type Layer,
  type NetworkOptions,
  norm,
  type Shape,
  sizeOf,
  slope,
  strideOf,
} from '../network/layers.js';
import { kerasShape } from './keras_layout.js';

/** A value in the configuration of a layer, as JSON. */
export type ConfigValue = string | number | boolean | null | readonly ConfigValue[];

/** One tensor of a layer. */
export interface LayerWeight {
  /** Keras's name of it, such as `kernel`. */
  readonly name: string;
  /** Ours, such as `generator.dense.weight`. */
  readonly tensor: string;
  /** In our layout, and in Keras's. */
  readonly shape: Shape;
  readonly kerasShape: Shape;
  /** Whether both are laid out alike. */
  readonly isAlike?: boolean;
}

/** One layer of a model: everything about it that decides what the network computes. */
export interface KerasLayer {
  /** The layers that it reads; of a Sequential model it is the one before. */
  readonly reads?: readonly string[];
  readonly kind: string;
  readonly name: string;
  readonly config: Readonly<Record<string, ConfigValue>>;
  readonly weights: readonly LayerWeight[];
}

/** Keras's layers of the generator, from its input on. */
export function kerasGenerator(options: NetworkOptions): KerasLayer[] {
  const layers = sequential(generatorLayers(options), null);
  if (options.classes === 0) return layers;
  const [, ...others] = layers;
  const inputs = [inputLayer('z', [options.latentSize]), inputLayer('labels', [options.classes])];
  const latent = layer('Concatenate', 'latent', { axis: -1 });
  return linked([...inputs, { ...latent, reads: ['z', 'labels'] }, ...others]);
}

/** Keras's layers of the discriminator; without dropout layers when their rate is null. */
export function kerasDiscriminator(options: NetworkOptions, dropout: number | null): KerasLayer[] {
  const ours = discriminatorLayers(options);
  const layers = sequential(ours, dropout);
  if (options.classes === 0) return layers;
  const [features] = ours.at(-1)!.input;
  const [flatten, dense] = layers.slice(-2);
  const inputs = [inputLayer('images', ours[0]!.input), inputLayer('labels', [options.classes])];
  // In the order in which Keras counts the layers of such a model, by which it finds their weights.
  return linked([
    inputs[0]!,
    ...layers.slice(1, -2),
    { ...flatten!, reads: [layers.at(-3)!.name] },
    inputs[1]!,
    { ...classesLayer(options.classes, features!), reads: ['labels'] },
    { ...dense!, reads: ['flatten'] },
    { ...layer('Dot', 'projection', { axes: [1, 1], normalize: false }), reads: ['flatten', 'classes'] },
    { ...layer('Add', 'logit', {}), reads: ['dense', 'projection'] },
  ]);
}

/** Whether layers are of a Functional model rather than a Sequential one. */
export const isFunctional = (layers: readonly KerasLayer[]): boolean => layers.some(({ reads }) => reads);

/** Each layer reads the one before, but for those that say what they read, and for inputs. */
function linked(layers: readonly KerasLayer[]): KerasLayer[] {
  return layers.map((each, i) => {
    if (each.reads !== undefined || each.kind === 'InputLayer') return { reads: [], ...each };
    return { ...each, reads: [layers[i - 1]!.name] };
  });
}

const inputLayer = (name: string, shape: Shape) =>
  layer('InputLayer', name, { batch_input_shape: [null, ...shape] });

/** The embedding of a class: a dense layer of a vector with a 1 at the class. */
function classesLayer(classes: number, features: number): KerasLayer {
  const shape = [classes, features];
  const tensor = 'discriminator.classes.weight';
  const weights = [{ name: 'kernel', tensor, shape, kerasShape: shape, isAlike: true }];
  return layer('Dense', 'classes', { units: features, activation: 'linear', use_bias: false }, weights);
}

/** The layers that Keras has for ours, and those that turn features into a map or a map into features. */
function sequential(layers: readonly Layer[], dropout: number | null): KerasLayer[] {
  const translated = layers.flatMap((each, i) => {
    const reshaped = i === 0 ? [] : reshape(layers[i - 1]!.output, each.input);
    return [...reshaped, ...translate(each, layers[i + 1], dropout)];
  });
  return [inputLayer('input', layers[0]!.input), ...translated];
}

function reshape(made: Shape, taken: Shape): KerasLayer[] {
  if (made.length === taken.length) return [];
  if (taken.length === 1) return [layer('Flatten', 'flatten', { data_format: 'channels_last' })];
  return [layer('Reshape', 'reshape', { target_shape: taken })];
}

/** What Keras says of a layer, whose activation may be the layer after it. */
function translate(ours: Layer, next: Layer | undefined, dropout: number | null): KerasLayer[] {
  const name = ours.name.slice(ours.name.indexOf('.') + 1);
  const number = /\d*$/.exec(name)![0];
  const leakyRelu = layer('LeakyReLU', `leaky_relu${number}`, { negative_slope: slope });
  switch (ours.kind) {
    case 'dense': {
      const config = {
        units: sizeOf(ours.output),
        activation: 'linear',
        use_bias: ours.trained.has(`${ours.name}.bias`),
      };
      return [layer('Dense', name, config, weightsOf(ours, { kernel: 'weight', bias: 'bias' }))];
    }
    case 'norm': {
      const config = { axis: ours.input.length, ...norm, center: true, scale: true };
      return [layer('BatchNormalization', name, config, weightsOf(ours, normWeights)), leakyRelu];
    }
    case 'transposedConvolution': {
      const activation = next?.kind === 'tanh' ? 'tanh' : 'linear';
      const config = { ...geometry(ours), output_padding: null, activation, use_bias: false };
      return [layer('Conv2DTranspose', name, config, weightsOf(ours, { kernel: 'weight' }))];
    }
    case 'convolution': {
      // Its bias is the first thing that the layer after it does.
      const tensors = new Map([...ours.trained, ...next!.trained]);
      const weights = weightsOf({ ...ours, trained: tensors }, { kernel: 'weight', bias: 'bias' });
      return [layer('Conv2D', name, { ...geometry(ours), activation: 'linear', use_bias: true }, weights)];
    }
    case 'dropout':
      return dropout === null ? [leakyRelu] : [leakyRelu, layer('Dropout', name, { rate: dropout })];
    case 'tanh':
      return [];
  }
}

function layer(
  kind: string,
  name: string,
  config: KerasLayer['config'],
  weights: KerasLayer['weights'] = [],
): KerasLayer {
  return { kind, name, config, weights };
}

/** In the order in which Keras stores them. */
const normWeights = {
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

/** The tensors that a layer has, by Keras's names for ours. */
function weightsOf({ name: ours, trained, statistics }: Layer, names: Record<string, string>): LayerWeight[] {
  return Object.entries(names).flatMap(([name, suffix]) => {
    const tensor = `${ours}.${suffix}`;
    const shape = trained.get(tensor) ?? statistics.get(tensor);
    return shape ? [{ name, tensor, shape, kerasShape: kerasShape(shape) }] : [];
  });
}

function geometry(ours: Layer) {
  const stride = strideOf(ours);
  return {
    filters: ours.output[2]!,
    kernel_size: [kernelSize, kernelSize],
    strides: [stride, stride],
    padding: 'same',
    data_format: 'channels_last',
    dilation_rate: [1, 1],
    groups: 1,
  };
}
