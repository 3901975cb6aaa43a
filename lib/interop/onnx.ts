import { DcganError } from '../errors.js';
import { imageSide } from '../network/arrays.js';
import type { Tensor, TensorState } from '../network/state.js';
import type { Network } from '../network/tensors.js';
import { version } from '../version.js';
import {
  type Attribute,
  encodeModel,
  float,
  floatTensor,
  floatValue,
  type Graph,
  int,
  int64Tensor,
  ints,
  type TensorProto,
  type Value,
} from './onnx_schema.js';

/** One operator; it reads what the one before it made, and these tensors. */
interface Layer {
  readonly operator: string;
  readonly name: string;
  readonly tensors: readonly string[];
  readonly attributes: readonly Attribute[];
}

const slope = 0.3;
const normEpsilon = 1e-3;

// Rows and columns before, then rows and columns after. Keras's `same` with stride 2 pads 1 before and 2 after, and
// crops its transposed convolution's full output likewise; with stride 1 both are 2.
const pads = { 1: [2, 2, 2, 2], 2: [1, 1, 2, 2] } as const;

const mapShape = 'generator.map_shape';
const image = [imageSide, imageSide, 1];

/**
 * Encodes one network as an ONNX file: operator set 17, float32, any number of images at once, inference only (running
 * statistics, no dropout). The generator takes `z` [N, latentSize] to `images` [N, 28, 28, 1] in [-1, 1], the
 * discriminator `images` to `logits` [N, 1].
 * @throws DcganError ERR_SHAPE when a tensor of the network is missing.
 */
export function encodeOnnx(network: Network, weights: TensorState): Uint8Array {
  const graph = network === 'generator' ? generatorGraph(weights) : discriminatorGraph(weights);
  return encodeModel(graph, version);
}

function generatorGraph(weights: TensorState): Graph {
  const latentSize = tensorOf(weights, 'generator.dense.weight').shape[1]!;
  const layers = [
    layer('Gemm', 'generator.dense', ['weight'], [int('transB', 1)]),
    ...normAndLeakyRelu(1),
    // 0 keeps the number of images.
    { operator: 'Reshape', name: 'generator.map', tensors: [mapShape], attributes: [] },
    toChannelsFirst('generator.channels_first'),
    transposedConvolution(1, 1),
    ...normAndLeakyRelu(2),
    transposedConvolution(2, 2),
    ...normAndLeakyRelu(3),
    transposedConvolution(3, 2),
    layer('Tanh', 'generator.tanh'),
    toChannelsLast('generator.channels_last'),
  ];
  const constants = [int64Tensor(mapShape, [0, 7, 7, 256])];
  return chain(
    'generator',
    floatValue('z', [latentSize]),
    layers,
    floatValue('images', image),
    weights,
    constants,
  );
}

function discriminatorGraph(weights: TensorState): Graph {
  const layers = [
    toChannelsFirst('discriminator.channels_first'),
    convolution(1),
    leakyRelu('discriminator.relu1'),
    convolution(2),
    leakyRelu('discriminator.relu2'),
    // The dense layer counts its inputs in the order rows, columns, channels.
    toChannelsLast('discriminator.channels_last'),
    layer('Flatten', 'discriminator.flatten', [], [int('axis', 1)]),
    layer('Gemm', 'discriminator.dense', ['weight', 'bias'], [int('transB', 1)]),
  ];
  return chain('discriminator', floatValue('images', image), layers, floatValue('logits', [1]), weights);
}

/** A layer with tensors of its own: `layer('Gemm', 'generator.dense', ['weight'])` reads `generator.dense.weight`. */
function layer(
  operator: string,
  name: string,
  tensors: readonly string[] = [],
  attributes: readonly Attribute[] = [],
): Layer {
  return { operator, name, tensors: tensors.map((tensor) => `${name}.${tensor}`), attributes };
}

const leakyRelu = (name: string) => layer('LeakyRelu', name, [], [float('alpha', slope)]);

const normAndLeakyRelu = (index: number) => [
  layer(
    'BatchNormalization',
    `generator.norm${index}`,
    ['weight', 'bias', 'running_mean', 'running_var'],
    [float('epsilon', normEpsilon)],
  ),
  leakyRelu(`generator.relu${index}`),
];

const transposedConvolution = (index: number, stride: 1 | 2) =>
  layer('ConvTranspose', `generator.conv${index}`, ['weight'], geometry(stride));

const convolution = (index: number) =>
  layer('Conv', `discriminator.conv${index}`, ['weight', 'bias'], geometry(2));

const geometry = (stride: 1 | 2) => [
  ints('kernel_shape', [5, 5]),
  ints('strides', [stride, stride]),
  ints('pads', pads[stride]),
];

const toChannelsFirst = (name: string) => layer('Transpose', name, [], [ints('perm', [0, 3, 1, 2])]);
const toChannelsLast = (name: string) => layer('Transpose', name, [], [ints('perm', [0, 2, 3, 1])]);

/** The graph of layers that each read the one before. What a layer makes has the layer's name. */
function chain(
  name: Network,
  input: Value,
  layers: readonly Layer[],
  output: Value,
  weights: TensorState,
  constants: readonly TensorProto[] = [],
): Graph {
  const made = [input.name, ...layers.slice(0, -1).map((each) => each.name), output.name];
  const node = layers.map((each, i) => ({
    op_type: each.operator,
    name: each.name,
    input: [made[i]!, ...each.tensors],
    output: [made[i + 1]!],
    attribute: each.attributes,
  }));
  const given = new Set(constants.map((constant) => constant.name));
  const read = layers.flatMap((each) => each.tensors).filter((tensor) => !given.has(tensor));
  const initializer = read.map((tensor) => {
    const { shape, data } = tensorOf(weights, tensor);
    return floatTensor(tensor, shape, data);
  });
  return { name, node, initializer: [...constants, ...initializer], input: [input], output: [output] };
}

function tensorOf(weights: TensorState, name: string): Tensor {
  const tensor = weights[name];
  if (tensor) return tensor;
  throw new DcganError('ERR_SHAPE', `The weights have no tensor '${name}': take those of a whole model.`, {
    value: name,
  });
}
