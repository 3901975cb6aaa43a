/** The sizes of a tensor, or of one image's share of a batch: a map [7, 7, 256], features [12544], a logit []. */
export type Shape = readonly number[];

/** Names and shapes of tensors. */
export type TensorShapes = ReadonlyMap<string, Shape>;

/**
 * What a layer computes. `norm` is batch normalisation over all but the last dimension, then LeakyReLU; `dropout` adds a
 * bias, then comes LeakyReLU, then dropout.
 */
export type LayerKind = 'dense' | 'norm' | 'transposedConvolution' | 'convolution' | 'dropout' | 'tanh';

/** One layer of a network: what an image's share of its input and of its output is, and its tensors. */
export interface Layer {
  readonly kind: LayerKind;
  readonly name: string;
  readonly input: Shape;
  readonly output: Shape;
  /** What Adam trains. */
  readonly trained: TensorShapes;
  /** Running means and variances. */
  readonly statistics: TensorShapes;
}

/** What both networks follow from, but for the latent size. */
export interface Sizes {
  /** Rows, and columns, of the smallest maps. */
  readonly baseSize: number;
  /** How often the maps double from there to the image. */
  readonly levels: number;
  /** Of an image. */
  readonly channels: number;
  /** Channels of the largest maps but the image. */
  readonly features: number;
}

/** Rows, and columns, of the kernels of all convolutions. */
export const kernelSize = 5;
/** Of LeakyReLU below zero. */
export const slope = 0.3;
/** How much of the old running statistics a batch normalisation keeps, and what it adds to a variance. */
export const norm = { momentum: 0.99, epsilon: 1e-3 } as const;

/** Those of docs/recipe.md. */
export const recipe: Sizes = { baseSize: 7, levels: 2, channels: 1, features: 64 };

/** What comes out of a generator: rows, columns and channels of an image. */
export function imageOf({ baseSize, levels, channels }: Sizes): readonly [number, number, number] {
  const side = baseSize * 2 ** levels;
  return [side, side, channels];
}

/** The layers of the generator, from the latent vector to the image; `native/core/network/recipe.cpp` is the same list. */
export function generatorLayers(sizes: Sizes, latentSize: number): Layer[] {
  const { baseSize, levels, features } = sizes;
  let map: Shape = [baseSize, baseSize, features * 2 ** levels];
  const layers = [dense('generator.dense', latentSize, sizeOf(map))];
  for (let level = 0; level <= levels; level++) {
    const number = level + 1;
    // The first normalisation has a scale for each feature of the map, the others one for each channel.
    layers.push(normalisation(`generator.norm${number}`, level === 0 ? [sizeOf(map)] : map));
    const channels = level === levels ? sizes.channels : map[2]! / 2;
    const convolved = transposedConvolution(`generator.conv${number}`, map, channels, level === 0 ? 1 : 2);
    layers.push(convolved);
    map = convolved.output;
  }
  return [...layers, layer('tanh', 'tanh', map, map)];
}

/** The layers of the discriminator, from the image to the logit. */
export function discriminatorLayers(sizes: Sizes): Layer[] {
  let map: Shape = imageOf(sizes);
  const layers: Layer[] = [];
  for (let level = 0; level < sizes.levels; level++) {
    const number = level + 1;
    const convolved = convolution(`discriminator.conv${number}`, map, sizes.features * 2 ** level);
    map = convolved.output;
    layers.push(convolved, dropout(`discriminator.dropout${number}`, `${convolved.name}.bias`, map));
  }
  return [...layers, logit('discriminator.dense', sizeOf(map))];
}

/** How many rows of the larger map there are to one of the smaller. */
export function strideOf({ input, output }: Pick<Layer, 'input' | 'output'>): 1 | 2 {
  return input[0] === output[0] ? 1 : 2;
}

/** How many numbers a shape holds. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

function layer(
  kind: LayerKind,
  name: string,
  input: Shape,
  output: Shape,
  trained: Readonly<Record<string, Shape>> = {},
  statistics: Readonly<Record<string, Shape>> = {},
): Layer {
  return {
    kind,
    name,
    input,
    output,
    trained: new Map(Object.entries(trained)),
    statistics: new Map(Object.entries(statistics)),
  };
}

const dense = (name: string, inputs: number, outputs: number) =>
  layer('dense', name, [inputs], [outputs], { [`${name}.weight`]: [outputs, inputs] });

const logit = (name: string, inputs: number) =>
  layer('dense', name, [inputs], [], { [`${name}.weight`]: [1, inputs], [`${name}.bias`]: [1] });

function normalisation(name: string, shape: Shape): Layer {
  const channels = [shape.at(-1)!];
  const trained = { [`${name}.weight`]: channels, [`${name}.bias`]: channels };
  const statistics = { [`${name}.running_mean`]: channels, [`${name}.running_var`]: channels };
  return layer('norm', name, shape, shape, trained, statistics);
}

function transposedConvolution(name: string, map: Shape, channels: number, stride: number): Layer {
  const output = [map[0]! * stride, map[1]! * stride, channels];
  const weight = [map[2]!, channels, kernelSize, kernelSize];
  return layer('transposedConvolution', name, map, output, { [`${name}.weight`]: weight });
}

function convolution(name: string, map: Shape, channels: number): Layer {
  const output = [map[0]! / 2, map[1]! / 2, channels];
  const weight = [channels, map[2]!, kernelSize, kernelSize];
  return layer('convolution', name, map, output, { [`${name}.weight`]: weight });
}

const dropout = (name: string, bias: string, map: Shape) =>
  layer('dropout', name, map, map, { [bias]: [map.at(-1)!] });
