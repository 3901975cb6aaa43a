/** Float32 numbers in C order. */
export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Tensors by name. */
export type TensorState = Record<string, Tensor>;

/** Names and shapes of tensors. */
export type TensorShapes = ReadonlyMap<string, readonly number[]>;

// The layers of docs/recipe.md: the generator's dense layer makes a map of 7×7×256, flat in HWC order.
const baseFeatures = 7 * 7 * 256;
const kernel = [5, 5] as const;

/** What Adam trains in the generator. */
function trainedInGenerator(latentSize: number): TensorShapes {
  return new Map<string, readonly number[]>([
    ['generator.dense.weight', [baseFeatures, latentSize]],
    ...normShapes(1, ['weight', 'bias']),
    ['generator.conv1.weight', [256, 128, ...kernel]],
    ...normShapes(2, ['weight', 'bias']),
    ['generator.conv2.weight', [128, 64, ...kernel]],
    ...normShapes(3, ['weight', 'bias']),
    ['generator.conv3.weight', [64, 1, ...kernel]],
  ]);
}

/** Running means and variances of the generator's batch normalisations. */
function statisticsOfGenerator(): TensorShapes {
  return new Map([1, 2, 3].flatMap((index) => normShapes(index, ['running_mean', 'running_var'])));
}

function normShapes(index: number, tensors: readonly string[]): [string, readonly number[]][] {
  const channels = [baseFeatures, 128, 64][index - 1]!;
  return tensors.map((tensor) => [`generator.norm${index}.${tensor}`, [channels]]);
}

const discriminator: TensorShapes = new Map<string, readonly number[]>([
  ['discriminator.conv1.weight', [64, 1, ...kernel]],
  ['discriminator.conv1.bias', [64]],
  ['discriminator.conv2.weight', [128, 64, ...kernel]],
  ['discriminator.conv2.bias', [128]],
  ['discriminator.dense.weight', [1, 7 * 7 * 128]],
  ['discriminator.dense.bias', [1]],
]);

/** Every tensor of a model: both networks, and both moments of Adam for what it trains. */
export function modelTensors(latentSize: number): TensorShapes {
  const trained = [...trainedInGenerator(latentSize), ...discriminator];
  const moments = ['adam.m.', 'adam.v.'].flatMap((prefix) =>
    trained.map(([name, shape]) => [prefix + name, shape] as const),
  );
  return new Map([...trained, ...statisticsOfGenerator(), ...moments]);
}

/** Every tensor of a generator alone. */
export function generatorTensors(latentSize: number): TensorShapes {
  return new Map([...trainedInGenerator(latentSize), ...statisticsOfGenerator()]);
}

/**
 * What keeps a state from being a whole model, or a generator alone: a tensor that is missing, surplus or of another
 * shape, by name; null when nothing does.
 */
export function wrongTensor(state: TensorState, latentSize: number): string | null {
  const wanted = isGeneratorAlone(state) ? generatorTensors(latentSize) : modelTensors(latentSize);
  for (const [name, shape] of wanted) {
    const found = state[name];
    if (!found) return `it lacks the tensor '${name}'`;
    if (String(found.shape) !== String(shape)) {
      return `the shape of its tensor '${name}' is [${found.shape.join(', ')}], not [${shape.join(', ')}]`;
    }
  }
  const surplus = Object.keys(state).find((name) => !wanted.has(name));
  return surplus === undefined ? null : `it has a tensor '${surplus}' that belongs to no network`;
}

/** Whether a state is of a generator that can draw, and cannot be trained. */
export function isGeneratorAlone(state: TensorState): boolean {
  return Object.keys(state).every((name) => name.startsWith('generator.'));
}
