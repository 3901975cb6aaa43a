import { DcganError } from '../errors.js';
import {
  discriminatorLayers,
  generatorLayers,
  kernelSize,
  type Layer,
  type NetworkOptions,
  norm,
  slope,
  strideOf,
} from '../network/layers.js';
import { optionsOfWeights } from '../network/shapes.js';
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

/** One operator; it reads what the one before it made, or `reads`, then what `also` names, and these tensors. */
interface Operator {
  readonly operator: string;
  readonly name: string;
  readonly reads?: string;
  readonly also?: readonly string[];
  readonly tensors: readonly string[];
  readonly attributes: readonly Attribute[];
}

// Rows and columns before, then rows and columns after. Keras's `same` with stride 2 pads 1 before and 2 after, and
// crops its transposed convolution's full output likewise; with stride 1 both are 2.
const pads = { 1: [2, 2, 2, 2], 2: [1, 1, 2, 2] } as const;

const mapShape = 'generator.map_shape';
const featureAxis = 'discriminator.feature_axis';
const labelsName = 'labels';

/**
 * Encodes one network as an ONNX file: operator set 17, float32, any number of images at once, inference only (running
 * statistics, no dropout). The generator takes `z` [N, latentSize] to `images` [N, S, S, C] in [-1, 1], the
 * discriminator `images` to `logits` [N, 1]. Networks with classes also take `labels` [N, classes], a 1 at the class.
 * @throws DcganError ERR_SHAPE when a tensor of the network is missing.
 */
export function encodeOnnx(network: Network, weights: TensorState): Uint8Array {
  const graph = network === 'generator' ? generatorGraph(weights) : discriminatorGraph(weights);
  return encodeModel(graph, version);
}

function generatorGraph(weights: TensorState): Graph {
  const options = optionsOfWeights(weights);
  const layers = generatorLayers(options);
  // 0 keeps the number of images.
  const constants = [int64Tensor(mapShape, [0, ...layers.find(isOfMaps)!.input])];
  return chain(
    'generator',
    [floatValue('z', [options.latentSize]), ...labelsInput(options)],
    [...(options.classes > 0 ? [classBehindZ] : []), ...operatorsOf(layers)],
    floatValue('images', layers.at(-1)!.output),
    weights,
    constants,
  );
}

function discriminatorGraph(weights: TensorState): Graph {
  const options = optionsOfWeights(weights);
  const layers = discriminatorLayers(options);
  const inputs = [floatValue('images', layers[0]!.input), ...labelsInput(options)];
  const output = floatValue('logits', [1]);
  const operators = operatorsOf(layers);
  if (options.classes === 0) return chain('discriminator', inputs, operators, output, weights);
  const constants = [int64Tensor(featureAxis, [1])];
  return chain('discriminator', inputs, [...operators, ...productWithClass], output, weights, constants);
}

/** Of a network with classes: which one, as one of the numbers [N, classes], the others 0; a mixture of classes, too. */
function labelsInput({ classes }: NetworkOptions): Value[] {
  return classes > 0 ? [floatValue(labelsName, [classes])] : [];
}

const classBehindZ: Operator = {
  ...operator('Concat', 'generator.latent', [], [int('axis', 1)]),
  also: [labelsName],
};

/** Logit + h · e, where e is the class's row of the embedding. */
const productWithClass: readonly Operator[] = [
  { ...operator('MatMul', 'discriminator.classes', ['weight']), reads: labelsName },
  { ...operator('Mul', 'discriminator.products'), also: ['discriminator.flatten'] },
  { ...operator('ReduceSum', 'discriminator.projection', [], [int('keepdims', 1)]), tensors: [featureAxis] },
  { ...operator('Add', 'discriminator.logits'), also: ['discriminator.dense'] },
];

const isOfMaps = ({ input }: Layer): boolean => input.length === 3;

/** ONNX's operators of some layers. Its maps have their channels first, ours last; so have our features of maps. */
function operatorsOf(layers: readonly Layer[]): Operator[] {
  const network = layers[0]!.name.split('.')[0]!;
  const toChannelsFirst = transpose(`${network}.channels_first`, [0, 3, 1, 2]);
  const toChannelsLast = transpose(`${network}.channels_last`, [0, 2, 3, 1]);
  const flatten = operator('Flatten', `${network}.flatten`, [], [int('axis', 1)]);
  const reshape: Operator = {
    operator: 'Reshape',
    name: `${network}.map`,
    tensors: [mapShape],
    attributes: [],
  };
  return layers.flatMap((layer, i) => {
    const before = layers[i - 1];
    const own = translate(network, layer);
    if (isOfMaps(layer) && !before) return [toChannelsFirst, ...own];
    if (isOfMaps(layer) && !isOfMaps(before!)) return [reshape, toChannelsFirst, ...own];
    if (!isOfMaps(layer) && before && isOfMaps(before)) return [toChannelsLast, flatten, ...own];
    return i === layers.length - 1 && isOfMaps(layer) ? [...own, toChannelsLast] : own;
  });
}

function translate(network: string, { kind, name, trained, ...layer }: Layer): Operator[] {
  const number = /\d*$/.exec(name)![0];
  const leakyRelu = operator('LeakyRelu', `${network}.relu${number}`, [], [float('alpha', slope)]);
  switch (kind) {
    case 'dense':
      return [
        operator('Gemm', name, trained.has(`${name}.bias`) ? ['weight', 'bias'] : ['weight'], [
          int('transB', 1),
        ]),
      ];
    case 'norm': {
      const tensors = ['weight', 'bias', 'running_mean', 'running_var'];
      return [operator('BatchNormalization', name, tensors, [float('epsilon', norm.epsilon)]), leakyRelu];
    }
    case 'transposedConvolution':
      return [operator('ConvTranspose', name, ['weight'], geometry(strideOf(layer)))];
    case 'convolution':
      return [operator('Conv', name, ['weight', 'bias'], geometry(strideOf(layer)))];
    case 'dropout':
      return [leakyRelu];
    case 'tanh':
      return [operator('Tanh', `${network}.tanh`)];
  }
}

/** An operator with tensors of its own: `operator('Gemm', 'generator.dense', ['weight'])` reads `generator.dense.weight`. */
function operator(
  kind: string,
  name: string,
  tensors: readonly string[] = [],
  attributes: readonly Attribute[] = [],
): Operator {
  return { operator: kind, name, tensors: tensors.map((tensor) => `${name}.${tensor}`), attributes };
}

const geometry = (stride: 1 | 2) => [
  ints('kernel_shape', [kernelSize, kernelSize]),
  ints('strides', [stride, stride]),
  ints('pads', pads[stride]),
];

const transpose = (name: string, order: readonly number[]) =>
  operator('Transpose', name, [], [ints('perm', order)]);

/** The graph of operators that each read the one before. What an operator makes has its name. */
function chain(
  name: Network,
  inputs: readonly Value[],
  operators: readonly Operator[],
  output: Value,
  weights: TensorState,
  constants: readonly TensorProto[] = [],
): Graph {
  const made = [inputs[0]!.name, ...operators.slice(0, -1).map((each) => each.name), output.name];
  const node = operators.map((each, i) => ({
    op_type: each.operator,
    name: each.name,
    input: [each.reads ?? made[i]!, ...(each.also ?? []), ...each.tensors],
    output: [made[i + 1]!],
    attribute: each.attributes,
  }));
  const given = new Set(constants.map((constant) => constant.name));
  const read = operators.flatMap((each) => each.tensors).filter((tensor) => !given.has(tensor));
  const initializer = read.map((tensor) => {
    const { shape, data } = tensorOf(weights, tensor);
    return floatTensor(tensor, shape, data);
  });
  return { name, node, initializer: [...constants, ...initializer], input: inputs, output: [output] };
}

function tensorOf(weights: TensorState, name: string): Tensor {
  const tensor = weights[name];
  if (tensor) return tensor;
  throw new DcganError('ERR_SHAPE', `The weights have no tensor '${name}': take those of a whole model.`, {
    value: name,
  });
}
