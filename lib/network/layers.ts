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
  /** Running means and variances, singular vectors. */
  readonly statistics: TensorShapes;
}

/** The options of a model that both networks follow from; `ModelOptions` says what they are. */
export interface NetworkOptions {
  readonly latentSize: number;
  readonly imageSize: number;
  readonly channels: number;
  readonly features: number;
  /** 0: the networks know no classes. */
  readonly classes: number;
  readonly spectralNorm: boolean;
}

/** What the maps of both networks follow from. */
interface Sizes {
  /** Rows, and columns, of the smallest maps. */
  readonly baseSize: number;
  /** How often the maps double from there to the image. */
  readonly levels: number;
}

/** Rows, and columns, of the kernels of all convolutions. */
export const kernelSize = 5;
/** Of LeakyReLU below zero. */
export const slope = 0.3;
/** How much of the old running statistics a batch normalisation keeps, and what it adds to a variance. */
export const norm = { momentum: 0.99, epsilon: 1e-3 } as const;

/** The smallest maps have at most so many rows, and double at least twice, as in docs/recipe.md. */
const [mostBase, leastLevels] = [8, 2];

function sizesOf(imageSize: number): Sizes {
  let levels = leastLevels;
  while (Math.floor(imageSize / 2 ** levels) > mostBase) levels++;
  return { baseSize: Math.floor(imageSize / 2 ** levels), levels };
}

/** Rows, columns and channels of an image. */
export function imageOf({
  imageSize,
  channels,
}: Pick<NetworkOptions, 'imageSize' | 'channels'>): readonly [number, number, number] {
  return [imageSize, imageSize, channels];
}

/** How many numbers an image is. */
export function imageNumbers(options: Pick<NetworkOptions, 'imageSize' | 'channels'>): number {
  return sizeOf(imageOf(options));
}

/** The layers of the generator, from the latent vector to the image; `native/core/network/recipe.cpp` is the same list. */
export function generatorLayers(options: NetworkOptions): Layer[] {
  const { latentSize, classes, features } = options;
  const { baseSize, levels } = sizesOf(options.imageSize);
  let map: Shape = [baseSize, baseSize, features * 2 ** levels];
  // The class is one of the numbers behind the latent vector.
  const layers = [dense('generator.dense', latentSize + classes, sizeOf(map))];
  for (let level = 0; level <= levels; level++) {
    const number = level + 1;
    // The first normalisation has a scale for each feature of the map, the others one for each channel.
    layers.push(normalisation(`generator.norm${number}`, level === 0 ? [sizeOf(map)] : map));
    const channels = level === levels ? options.channels : map[2]! / 2;
    const convolved = transposedConvolution(`generator.conv${number}`, map, channels, level === 0 ? 1 : 2);
    layers.push(convolved);
    map = convolved.output;
  }
  return [...layers, layer('tanh', 'tanh', map, map)];
}

/** The layers of the discriminator, from the image to the logit. */
export function discriminatorLayers(options: NetworkOptions): Layer[] {
  const { classes, spectralNorm } = options;
  const layers = convolutionLayers('discriminator', options);
  const features = sizeOf(layers.at(-1)!.output);
  return [...layers, logit('discriminator.dense', 'discriminator.classes', features, classes, spectralNorm)];
}

/** Numbers that describe an image, in a classifier. */
export const classifierFeatures = 128;

/** The layers of a classifier, from the image to the logits of the classes. */
export function classifierLayers(options: NetworkOptions): Layer[] {
  const layers = convolutionLayers('classifier', options);
  const features = 'classifier.features';
  return [
    ...layers,
    dense(features, sizeOf(layers.at(-1)!.output), classifierFeatures),
    dropout('classifier.dropout', `${features}.bias`, [classifierFeatures]),
    dense('classifier.classes', classifierFeatures, options.classes),
  ];
}

/** Numbers of the layer before the last one, in an encoder. */
const encoderHidden = 512;

/** The layers of an encoder, from the image to the latent vector and, with classes, their logits behind it. */
export function encoderLayers(options: NetworkOptions): Layer[] {
  const { latentSize, classes, features } = options;
  const { levels } = sizesOf(options.imageSize);
  let map: Shape = imageOf(options);
  const layers: Layer[] = [];
  for (let level = 0; level < levels; level++) {
    const number = level + 1;
    const convolved = convolution(`encoder.conv${number}`, map, features * 2 ** level, false);
    map = convolved.output;
    layers.push(convolved, normalisation(`encoder.norm${number}`, map));
  }
  return [
    ...layers,
    dense('encoder.hidden', sizeOf(map), encoderHidden),
    normalisation(`encoder.norm${levels + 1}`, [encoderHidden]),
    dense('encoder.latent', encoderHidden, latentSize + classes),
  ];
}

/** Convolutions of stride 2 down to the smallest maps. */
function convolutionLayers(network: string, options: NetworkOptions): Layer[] {
  const { features, spectralNorm } = options;
  const { levels } = sizesOf(options.imageSize);
  let map: Shape = imageOf(options);
  const layers: Layer[] = [];
  for (let level = 0; level < levels; level++) {
    const number = level + 1;
    const convolved = convolution(`${network}.conv${number}`, map, features * 2 ** level, spectralNorm);
    map = convolved.output;
    layers.push(convolved, dropout(`${network}.dropout${number}`, `${convolved.name}.bias`, map));
  }
  return layers;
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

/** With classes the class of an image adds a product of its own. */
function logit(
  name: string,
  ofClasses: string,
  inputs: number,
  classes: number,
  spectralNorm: boolean,
): Layer {
  const weights: Record<string, Shape> = { [`${name}.weight`]: [1, inputs] };
  const embedding: Record<string, Shape> = classes > 0 ? { [`${ofClasses}.weight`]: [classes, inputs] } : {};
  const trained = { ...weights, [`${name}.bias`]: [1], ...embedding };
  return layer('dense', name, [inputs], [], trained, singular({ ...weights, ...embedding }, spectralNorm));
}

/** The statistic of each weight that is divided by its largest singular value: a vector of its rows. */
function singular(weights: Readonly<Record<string, Shape>>, spectralNorm: boolean): Record<string, Shape> {
  if (!spectralNorm) return {};
  return Object.fromEntries(Object.entries(weights).map(([name, [rows]]) => [`${name}_u`, [rows!]]));
}

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

function convolution(name: string, map: Shape, channels: number, spectralNorm: boolean): Layer {
  const output = [map[0]! / 2, map[1]! / 2, channels];
  const weights = { [`${name}.weight`]: [channels, map[2]!, kernelSize, kernelSize] };
  return layer('convolution', name, map, output, weights, singular(weights, spectralNorm));
}

const dropout = (name: string, bias: string, map: Shape) =>
  layer('dropout', name, map, map, { [bias]: [map.at(-1)!] });
