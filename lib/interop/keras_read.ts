import type { NetworkOptions } from '../network/layers.js';
import { possibleOptions } from '../network/shapes.js';
import type { Tensor, TensorState } from '../network/state.js';
import { importFormat, importMismatch } from './errors.js';
import { differenceOf, type FoundLayer } from './keras_config.js';
import { openKerasFile } from './keras_file.js';
import {
  isFunctional,
  type KerasLayer,
  kerasDiscriminator,
  kerasGenerator,
  type LayerWeight,
} from './keras_layers.js';
import { fromKeras } from './keras_layout.js';
import type { StoredLayer, StoredTensor } from './keras_worker.js';

/**
 * Reads the generator from an HDF5 file that Keras's `model.save` wrote, of Keras 2 or 3, or an export.
 * @returns its tensors in our names and layouts
 * @throws DcganError ERR_IMPORT_FORMAT when it is not such a file, ERR_IMPORT_MISMATCH when its network is another one.
 */
export async function readGenerator(path: string): Promise<TensorState> {
  const { weights } = await readNetwork(path, (found) => kerasGenerator(generatorOptions(path, found)));
  return weights;
}

/**
 * Reads the discriminator, like `readGenerator`.
 * @returns its tensors, and the rate of its dropout layers; 0 when it has none
 * @throws DcganError ERR_IMPORT_FORMAT, ERR_IMPORT_MISMATCH.
 */
export async function readDiscriminator(path: string): Promise<{ weights: TensorState; dropout: number }> {
  const { weights, layers } = await readNetwork(path, (found) =>
    kerasDiscriminator(discriminatorOptions(found), dropoutOf(found)),
  );
  return { weights, dropout: dropoutOf(layers) ?? 0 };
}

/** Reads a network whose layers are those that `expect` tells for the ones that were found. */
async function readNetwork(
  path: string,
  expect: (found: readonly FoundLayer[]) => KerasLayer[],
): Promise<{ weights: TensorState; layers: readonly FoundLayer[] }> {
  const { config, layers: stored } = await openKerasFile(path);
  if (config === null || stored === null) {
    throw importFormat(path, 'it holds no Keras model: model.save writes one, save_weights does not');
  }
  const found = parseLayers(path, config);
  const expected = expect(found);
  if (isFunctional(expected) !== isFunctionalFile(found)) {
    throw importMismatch(path, 'the kind of model', ...kindsOfModel(found, expected));
  }
  const layers = isFunctional(expected) ? inOrder(path, found, expected) : found;
  compareLayers(path, layers, expected);
  const named = expected.map((layer, i) => ({ ...layer, name: layers[i]!.name }));
  // A Functional model may have been written in another order.
  const place = (name: string) => layers.findIndex((layer) => layer.name === name);
  const sorted = isFunctional(expected) ? stored.toSorted((a, b) => place(a.name) - place(b.name)) : stored;
  return { weights: readWeights(path, sorted, named), layers };
}

const isFunctionalFile = (layers: readonly FoundLayer[]): boolean => layers.some(({ reads }) => reads);

function kindsOfModel(found: readonly FoundLayer[], expected: readonly KerasLayer[]): [string, string] {
  const kind = (isIt: boolean) => (isIt ? 'Functional' : 'Sequential');
  return [kind(isFunctionalFile(found)), kind(isFunctional(expected))];
}

/** Layers of a Functional model by the names that exports have. */
function inOrder(path: string, found: readonly FoundLayer[], expected: readonly KerasLayer[]): FoundLayer[] {
  const other = found.find(({ name }) => !expected.some((layer) => layer.name === name));
  if (other) throw importMismatch(path, `layer ${describe(other)}`, other.kind, undefined);
  return expected.map(({ name, kind, reads }) => {
    const layer = found.find((each) => each.name === name);
    if (!layer) throw importMismatch(path, `layer '${name}'`, undefined, kind);
    if (String(layer.reads) === String(reads)) return layer;
    throw importMismatch(path, `what layer ${describe(layer)} reads`, layer.reads, reads);
  });
}

function parseLayers(path: string, text: string): FoundLayer[] {
  const broken = () => importFormat(path, 'its description of the model (model_config) is damaged');
  let model: { readonly class_name?: unknown; readonly config?: { readonly layers?: unknown } | null };
  try {
    model = Object(JSON.parse(text));
  } catch {
    throw broken();
  }
  const isSequential = model.class_name === 'Sequential';
  if (!isSequential && model.class_name !== 'Functional') {
    throw importMismatch(path, 'the kind of model', model.class_name, 'Sequential');
  }
  const layers = model.config?.layers;
  if (!Array.isArray(layers)) throw broken();
  const found = layers.map((layer): FoundLayer => {
    const { class_name: kind, config, inbound_nodes: nodes } = Object(layer);
    if (typeof kind !== 'string' || typeof config !== 'object' || config === null) throw broken();
    const reads = isSequential ? {} : { reads: namesRead(nodes) };
    return { kind, name: String(config.name), config, ...reads };
  });
  if (!isSequential) return found;
  return found[0]?.kind === 'InputLayer' ? found : [impliedInput(found[0]), ...found];
}

/** The names of layers in what Keras 2 or 3 says of the inputs of one, in their order. */
function namesRead(nodes: unknown): string[] {
  if (Array.isArray(nodes)) {
    const [name, node] = nodes;
    return typeof name === 'string' && typeof node === 'number' ? [name] : nodes.flatMap(namesRead);
  }
  const { args, config, keras_history: history } = Object(nodes);
  return [args, config, history].flatMap((part) => (part === undefined ? [] : namesRead(part)));
}

/** In older files the first layer says what goes into it. */
function impliedInput(first: FoundLayer | undefined): FoundLayer {
  return { kind: 'InputLayer', name: first?.name ?? 'input', config: first?.config ?? {} };
}

/** The shape that goes into a network, with null for the number of images whatever it is. */
function inputShape({ config }: FoundLayer): unknown {
  const shape = config.batch_shape ?? config.batch_input_shape;
  return Array.isArray(shape) ? [null, ...shape.slice(1)] : shape;
}

function latentSizeOf(path: string, input: FoundLayer): number {
  const shape = inputShape(input);
  const [, latentSize, more] = Array.isArray(shape) ? shape : [];
  if (Number.isInteger(latentSize) && latentSize > 0 && more === undefined) return latentSize;
  throw importMismatch(path, `the input of layer '${input.name}'`, shape, [null, 'latentSize']);
}

/** What a generator's layers say of the sizes of its maps. */
function generatorOptions(path: string, found: readonly FoundLayer[]): NetworkOptions {
  const convolutions = found.filter(({ kind }) => kind === 'Conv2DTranspose');
  const levels = convolutions.length - 1;
  const [base, , channels] = numbersOf(found.find(({ kind }) => kind === 'Reshape')?.config.target_shape);
  return possibleOptions({
    latentSize: latentSizeOf(path, inputOf(found, 'z') ?? found[0]!),
    imageSize: base! * 2 ** levels,
    channels: Number(convolutions.at(-1)?.config.filters),
    features: channels! / 2 ** levels,
    classes: classesOf(found),
  });
}

const inputOf = (found: readonly FoundLayer[], name: string) =>
  found.find((layer) => layer.kind === 'InputLayer' && layer.name === name);

function classesOf(found: readonly FoundLayer[]): number {
  const labels = inputOf(found, 'labels');
  return labels === undefined ? 0 : (numbersOf(inputShape(labels))[1] ?? 0);
}

const numbersOf = (shape: unknown): readonly number[] => (Array.isArray(shape) ? shape.map(Number) : []);

/** The same of a discriminator's, which says nothing of latent vectors. */
function discriminatorOptions(found: readonly FoundLayer[]): NetworkOptions {
  const [, imageSize, , channels] = numbersOf(inputShape(inputOf(found, 'images') ?? found[0]!));
  const features = Number(found.find(({ kind }) => kind === 'Conv2D')?.config.filters);
  return possibleOptions({
    latentSize: 1,
    imageSize: imageSize!,
    channels: channels!,
    features,
    classes: classesOf(found),
  });
}

/** The rate of the first dropout layer; whether the others are alike is compared like everything else. */
function dropoutOf(layers: readonly FoundLayer[]): number | null {
  const rate = layers.find(({ kind }) => kind === 'Dropout')?.config.rate;
  return typeof rate === 'number' ? rate : null;
}

function compareLayers(path: string, found: readonly FoundLayer[], expected: readonly KerasLayer[]): void {
  for (let i = 0; i < Math.max(found.length, expected.length); i++) {
    const layer = found[i];
    const wanted = expected[i];
    if (layer === undefined || layer.kind !== wanted?.kind) {
      const name = layer ? ` ('${layer.name}')` : '';
      throw importMismatch(path, `layer ${i + 1}${name}`, layer?.kind, wanted?.kind);
    }
    const difference = differenceOf({ ...layer, config: withInput(layer) }, wanted);
    if (difference === null) continue;
    const { key, found: value, expected: right } = difference;
    throw importMismatch(path, `${key} of layer ${describe(layer)}`, value, right);
  }
}

/** An input layer's shape under the one name that it is compared under. */
function withInput(layer: FoundLayer): FoundLayer['config'] {
  return layer.kind === 'InputLayer' ? { batch_input_shape: inputShape(layer) } : layer.config;
}

const describe = ({ name, kind }: { readonly name: string; readonly kind: string }) => `'${name}' (${kind})`;

/** Takes the layers and the tensors of each in their order, as Keras does, whatever they are called. */
function readWeights(
  path: string,
  stored: readonly StoredLayer[],
  layers: readonly KerasLayer[],
): TensorState {
  const weighted = layers.filter(({ weights }) => weights.length > 0);
  if (stored.length !== weighted.length) {
    throw importMismatch(path, 'the number of layers with tensors', stored.length, weighted.length);
  }
  const state: [string, Tensor][] = [];
  for (const [i, layer] of weighted.entries()) {
    const { tensors } = stored[i]!;
    if (tensors.length !== layer.weights.length) {
      const what = `the number of tensors of layer ${describe(layer)}`;
      throw importMismatch(path, what, tensors.length, layer.weights.length);
    }
    for (const [j, weight] of layer.weights.entries()) {
      const what = `${weight.name} of layer ${describe(layer)}`;
      state.push([weight.tensor, takeTensor(path, tensors[j]!, weight, what)]);
    }
  }
  return Object.fromEntries(state);
}

/** What NumPy calls HDF5's other floating-point types. */
const typeNames: ReadonlyMap<unknown, string> = new Map([
  ['<e', 'float16'],
  ['<d', 'float64'],
]);

function takeTensor(path: string, found: StoredTensor, weight: LayerWeight, what: string): Tensor {
  const { dtype, data } = found;
  if (dtype === null) throw importFormat(path, `${what} is not in it`);
  if (String(found.shape) !== String(weight.kerasShape)) {
    throw importMismatch(path, `the shape of ${what}`, found.shape, weight.kerasShape);
  }
  if (dtype !== '<f')
    throw importMismatch(path, `the type of ${what}`, typeNames.get(dtype) ?? dtype, 'float32');
  if (data === null) throw importFormat(path, 'its tensors are more than those of any such model');
  return { data: weight.isAlike ? data : fromKeras(data, weight.kerasShape), shape: weight.shape };
}
