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
}

/** One layer of a Sequential model: everything about it that decides what the network computes. */
export interface KerasLayer {
  readonly kind: string;
  readonly name: string;
  readonly config: Readonly<Record<string, ConfigValue>>;
  readonly weights: readonly LayerWeight[];
}

/** Keras's layers of the generator, from its input on. */
export function kerasGenerator(options: NetworkOptions): KerasLayer[] {
  return sequential(generatorLayers(options), null);
}

/** Keras's layers of the discriminator; without dropout layers when their rate is null. */
export function kerasDiscriminator(options: NetworkOptions, dropout: number | null): KerasLayer[] {
  return sequential(discriminatorLayers(options), dropout);
}

/** The layers that Keras has for ours, and those that turn features into a map or a map into features. */
function sequential(layers: readonly Layer[], dropout: number | null): KerasLayer[] {
  const translated = layers.flatMap((each, i) => {
    const reshaped = i === 0 ? [] : reshape(layers[i - 1]!.output, each.input);
    return [...reshaped, ...translate(each, layers[i + 1], dropout)];
  });
  return [layer('InputLayer', 'input', { batch_input_shape: [null, ...layers[0]!.input] }), ...translated];
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
      const config = { units: sizeOf(ours.output), activation: 'linear', use_bias: ours.trained.size > 1 };
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
