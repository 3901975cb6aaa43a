import { imageSide } from '../network/arrays.js';
import type { Network } from '../network/tensors.js';

/** A value in the configuration of a layer, as JSON. */
export type ConfigValue = string | number | boolean | null | readonly ConfigValue[];

/** One tensor of a layer. */
export interface LayerWeight {
  /** Keras's name of it, such as `kernel`. */
  readonly name: string;
  /** Ours, such as `generator.dense.weight`. */
  readonly tensor: string;
  /** In Keras's layout. */
  readonly shape: readonly number[];
}

/** One layer of a Sequential model: everything about it that decides what the network computes. */
export interface KerasLayer {
  readonly kind: string;
  readonly name: string;
  readonly config: Readonly<Record<string, ConfigValue>>;
  readonly weights: readonly LayerWeight[];
}

/** The layers of the recipe's generator, from its input on. */
export function generatorLayers(latentSize: number): KerasLayer[] {
  return [
    input([latentSize]),
    dense('generator', latentSize, 7 * 7 * 256, false),
    ...normAndLeakyRelu(1, 7 * 7 * 256, 1),
    layer('Reshape', 'reshape', { target_shape: [7, 7, 256] }),
    transposedConvolution(1, 256, 128, 1, 'linear'),
    ...normAndLeakyRelu(2, 128, 3),
    transposedConvolution(2, 128, 64, 2, 'linear'),
    ...normAndLeakyRelu(3, 64, 3),
    transposedConvolution(3, 64, 1, 2, 'tanh'),
  ];
}

/** The layers of the recipe's discriminator; without dropout layers when their rate is null. */
export function discriminatorLayers(dropout: number | null): KerasLayer[] {
  const drop = (index: number) =>
    dropout === null ? [] : [layer('Dropout', `dropout${index}`, { rate: dropout })];
  return [
    input([imageSide, imageSide, 1]),
    convolution(1, 1, 64),
    leakyRelu(1),
    ...drop(1),
    convolution(2, 64, 128),
    leakyRelu(2),
    ...drop(2),
    layer('Flatten', 'flatten', { data_format: 'channels_last' }),
    dense('discriminator', 7 * 7 * 128, 1, true),
  ];
}

function layer(
  kind: string,
  name: string,
  config: KerasLayer['config'],
  weights: KerasLayer['weights'] = [],
): KerasLayer {
  return { kind, name, config, weights };
}

const input = (shape: readonly number[]) =>
  layer('InputLayer', 'input', { batch_input_shape: [null, ...shape] });

const leakyRelu = (index: number) => layer('LeakyReLU', `leaky_relu${index}`, { negative_slope: 0.3 });

function dense(network: Network, inputs: number, units: number, hasBias: boolean): KerasLayer {
  const config = { units, activation: 'linear', use_bias: hasBias };
  return layer('Dense', 'dense', config, kernelAndBias(`${network}.dense`, [inputs, units], hasBias));
}

function normAndLeakyRelu(index: number, channels: number, axis: number): KerasLayer[] {
  const config = { axis, momentum: 0.99, epsilon: 1e-3, center: true, scale: true };
  // The order in which Keras stores them.
  const names = {
    gamma: 'weight',
    beta: 'bias',
    moving_mean: 'running_mean',
    moving_variance: 'running_var',
  };
  const weights = Object.entries(names).map(([name, ours]) => {
    return { name, tensor: `generator.norm${index}.${ours}`, shape: [channels] };
  });
  return [layer('BatchNormalization', `norm${index}`, config, weights), leakyRelu(index)];
}

function transposedConvolution(
  index: number,
  inputs: number,
  filters: number,
  stride: number,
  activation: string,
): KerasLayer {
  const config = { ...geometry(filters, stride), output_padding: null, activation, use_bias: false };
  const weights = kernelAndBias(`generator.conv${index}`, [5, 5, filters, inputs], false);
  return layer('Conv2DTranspose', `conv${index}`, config, weights);
}

function convolution(index: number, inputs: number, filters: number): KerasLayer {
  const config = { ...geometry(filters, 2), activation: 'linear', use_bias: true };
  const weights = kernelAndBias(`discriminator.conv${index}`, [5, 5, inputs, filters], true);
  return layer('Conv2D', `conv${index}`, config, weights);
}

const geometry = (filters: number, stride: number) => ({
  filters,
  kernel_size: [5, 5],
  strides: [stride, stride],
  padding: 'same',
  data_format: 'channels_last',
  dilation_rate: [1, 1],
  groups: 1,
});

function kernelAndBias(ours: string, shape: readonly number[], hasBias: boolean): LayerWeight[] {
  const kernel = { name: 'kernel', tensor: `${ours}.weight`, shape };
  return hasBias ? [kernel, { name: 'bias', tensor: `${ours}.bias`, shape: [shape.at(-1)!] }] : [kernel];
}
