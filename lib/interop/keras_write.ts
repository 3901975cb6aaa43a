import { optionsOfWeights } from '../network/shapes.js';
import type { TensorState } from '../network/state.js';
import type { Network } from '../network/tensors.js';
import { encodeHdf5, type Group } from './hdf5.js';
import { writtenConfig } from './keras_config.js';
import { isFunctional, type KerasLayer, kerasDiscriminator, kerasGenerator } from './keras_layers.js';
import { toKeras } from './keras_layout.js';

/** What the files claim to be made with: the last Keras 2, whose form Keras 3 reads too. */
const origin = { keras_version: '2.15.0', backend: 'tensorflow' };

/**
 * Encodes one network as an HDF5 file such as Keras's `model.save` writes: architecture and weights, uncompiled.
 * @param weights in our names and layouts, both networks'
 * @param dropout rate of the discriminator's dropout layers
 */
export function encodeKeras(network: Network, weights: TensorState, dropout: number): Promise<Uint8Array> {
  const options = optionsOfWeights(weights);
  const layers = network === 'generator' ? kerasGenerator(options) : kerasDiscriminator(options, dropout);
  return encodeHdf5((root) => {
    for (const [name, value] of Object.entries(origin)) writeText(root, name, value);
    writeText(root, 'model_config', JSON.stringify(modelConfig(network, layers)));
    const group = root.create_group('model_weights');
    for (const [name, value] of Object.entries(origin)) writeText(group, name, value);
    // The input is no layer to those who read weights.
    const stored = layers.filter(({ kind }) => kind !== 'InputLayer');
    writeTexts(
      group,
      'layer_names',
      stored.map(({ name }) => name),
    );
    for (const layer of stored) writeWeights(group, layer, weights);
  });
}

function modelConfig(name: string, layers: readonly KerasLayer[]): object {
  const described = layers.map((layer) => ({ class_name: layer.kind, config: writtenConfig(layer) }));
  if (!isFunctional(layers)) return { class_name: 'Sequential', config: { name, layers: described } };
  const end = (layer: string) => [layer, 0, 0];
  const functional = layers.map((layer, i) => ({
    ...described[i],
    name: layer.name,
    inbound_nodes: layer.reads?.length ? [layer.reads.map((read) => [...end(read), {}])] : [],
  }));
  const inputs = layers.filter(({ kind }) => kind === 'InputLayer').map((layer) => end(layer.name));
  const outputs = [end(layers.at(-1)!.name)];
  const config = { name, layers: functional, input_layers: inputs, output_layers: outputs };
  return { class_name: 'Functional', config };
}

/** A layer's group holds another of the same name with its tensors, and their names in the order that Keras counts on. */
function writeWeights(models: Group, { name, weights }: KerasLayer, state: TensorState): void {
  const outer = models.create_group(name);
  writeTexts(
    outer,
    'weight_names',
    weights.map((weight) => `${name}/${weight.name}:0`),
  );
  if (weights.length === 0) return;
  const inner = outer.create_group(name);
  for (const weight of weights) {
    const { data: ours } = state[weight.tensor]!;
    const data = weight.isAlike ? ours : toKeras(ours, weight.kerasShape);
    inner.create_dataset({ name: `${weight.name}:0`, data, shape: [...weight.kerasShape], dtype: '<f' });
  }
}

function writeText(group: Group, name: string, value: string): void {
  group.create_attribute(name, value, [], 'S');
}

/** Keras writes a list without elements as one of numbers. */
function writeTexts(group: Group, name: string, values: string[]): void {
  if (values.length === 0) group.create_attribute(name, new Float64Array(0), [0], '<d');
  else group.create_attribute(name, values, [values.length], 'S');
}
