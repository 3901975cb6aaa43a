import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeHdf5 } from '../../lib/interop/hdf5.js';
import { readDiscriminator, readGenerator } from '../../lib/interop/keras_read.js';
import { encodeOnnx } from '../../lib/interop/onnx.js';
import { temporaryDirectory } from '../support/cleanup.js';
import {
  changedFile,
  kerasFiles,
  kerasWeights,
  type ModelConfig,
  redescribedFile,
  setAttribute,
} from './keras_models.js';
import { formatRefusal, mismatchRefusal, refusalOf } from './refusals.js';

const { generator, discriminator } = kerasFiles('3');

type Network = 'generator' | 'discriminator';

let path: string;
beforeEach(() => {
  path = join(temporaryDirectory(), 'model.h5');
});

/** What reading the file at `path` is refused with. */
async function refusal(network: Network = 'generator'): Promise<{ code: string; message: string }> {
  return refusalOf(network === 'generator' ? readGenerator(path) : readDiscriminator(path));
}

const format = (reason: string) => formatRefusal(path, reason);
const mismatch = (what: string) => mismatchRefusal(path, what);

describe('what is not a file of Keras is ERR_IMPORT_FORMAT:', () => {
  it.each([8, 100, 3000, 50_000, -1])('a file cut short at %i bytes', async (bytes) => {
    const whole = readFileSync(generator);
    writeFileSync(path, whole);
    truncateSync(path, bytes < 0 ? whole.length + bytes : bytes);
    expect(await refusal()).toEqual(format('it is cut short or damaged.'));
  });

  it('weights that are damaged', async () => {
    const bytes = readFileSync(discriminator);
    bytes.fill(0x55, bytes.length - 30_000, bytes.length - 10_000);
    writeFileSync(path, bytes);
    expect(await refusal('discriminator')).toEqual(format('it is cut short or damaged.'));
  });

  it('an ONNX file', async () => {
    writeFileSync(path, encodeOnnx('generator', kerasWeights()));
    expect(await refusal()).toEqual(format('it is an ONNX file, and no HDF5 file; name one that'));
  });

  it.each(['', 'a model'])('the text %j', async (text) => {
    writeFileSync(path, text);
    expect(await refusal()).toEqual(format('it is not an HDF5 file; name one that'));
  });

  it('an archive in the newer format of Keras', async () => {
    writeFileSync(path, 'PK\x03\x04 and so on');
    expect(await refusal()).toEqual(format('it is a zip archive, as .keras files are; let Keras save'));
  });

  it('a file that is not there', async () => {
    expect(await refusal()).toEqual(format('there is no such file.'));
  });

  it('a directory', async () => {
    path = temporaryDirectory();
    expect(await refusal()).toEqual(format('it is a directory, not a file.'));
  });

  it('an HDF5 file of something else', async () => {
    writeFileSync(path, await encodeHdf5((root) => root.create_attribute('title', 'measurements')));
    expect(await refusal()).toEqual(format('it holds no Keras model: model.save writes one'));
  });

  it.each([
    '{',
    '1',
    '{"class_name": "Sequential"}',
    '{"class_name": "Sequential", "config": {"layers": [1]}}',
  ])('a description of the model that is %j', async (text) => {
    await changedFile(generator, path, (root) => setAttribute(root, 'model_config', text, []));
    const { code } = await refusal();
    expect(code).toBe(text === '1' ? 'ERR_IMPORT_MISMATCH' : 'ERR_IMPORT_FORMAT');
  });

  it('a layer whose kernel is not there', async () => {
    await changedFile(discriminator, path, (root) => {
      const group = root.get('model_weights/conv2d_1') as typeof root;
      setAttribute(group, 'weight_names', ['absent', 'absent'], [2]);
    });
    expect(await refusal('discriminator')).toEqual(
      format("kernel of layer 'conv2d_1' (Conv2D) is not in it."),
    );
  });
});

describe('another network is ERR_IMPORT_MISMATCH, naming the layer and both values:', () => {
  type Layer = ModelConfig['config']['layers'][number];
  const setting =
    (name: string, key: string, value: unknown) =>
    ({ config: { layers } }: ModelConfig) => {
      layers.find((layer) => layer.config.name === name)!.config[key] = value;
    };
  const layers =
    (change: (all: Layer[]) => void) =>
    ({ config }: ModelConfig) =>
      change(config.layers);
  const regulariser = { class_name: 'L2', config: { l2: 0.01 } };

  const changes: readonly [string, Network, (model: ModelConfig) => void, string][] = [
    [
      'another slope',
      'generator',
      setting('leaky_re_lu_1', 'negative_slope', 0.2),
      "negative_slope of layer 'leaky_re_lu_1' (LeakyReLU) is 0.2, not 0.3",
    ],
    [
      'another epsilon',
      'generator',
      setting('batch_normalization_1', 'epsilon', 1e-5),
      "epsilon of layer 'batch_normalization_1' (BatchNormalization) is 0.00001, not 0.001",
    ],
    [
      'another momentum',
      'generator',
      setting('batch_normalization', 'momentum', 0.9),
      "momentum of layer 'batch_normalization' (BatchNormalization) is 0.9, not 0.99",
    ],
    [
      'another axis',
      'generator',
      setting('batch_normalization_1', 'axis', 1),
      "axis of layer 'batch_normalization_1' (BatchNormalization) is 1, not 3",
    ],
    [
      'other strides',
      'discriminator',
      setting('conv2d', 'strides', [1, 1]),
      "strides of layer 'conv2d' (Conv2D) is [1, 1], not [2, 2]",
    ],
    [
      'another padding',
      'generator',
      setting('conv2d_transpose', 'padding', 'valid'),
      'padding of layer \'conv2d_transpose\' (Conv2DTranspose) is "valid", not "same"',
    ],
    [
      'an output padding',
      'generator',
      setting('conv2d_transpose_1', 'output_padding', [1, 1]),
      "output_padding of layer 'conv2d_transpose_1' (Conv2DTranspose) is [1, 1], not null",
    ],
    [
      'another activation',
      'generator',
      setting('conv2d_transpose_2', 'activation', 'sigmoid'),
      'activation of layer \'conv2d_transpose_2\' (Conv2DTranspose) is "sigmoid", not "tanh"',
    ],
    [
      'probabilities in place of logits',
      'discriminator',
      setting('dense_1', 'activation', 'sigmoid'),
      'activation of layer \'dense_1\' (Dense) is "sigmoid", not "linear"',
    ],
    [
      'a regulariser',
      'discriminator',
      setting('conv2d_1', 'kernel_regularizer', regulariser),
      `kernel_regularizer of layer 'conv2d_1' (Conv2D) is {"class_name":"L2", "config":{"l2":0.01}}, not null`,
    ],
    [
      'dropout layers of two rates',
      'discriminator',
      setting('dropout_1', 'rate', 0.5),
      "rate of layer 'dropout_1' (Dropout) is 0.5, not 0.25",
    ],
    [
      'layers in another order',
      'generator',
      layers((all) => all.splice(2, 2, all[3]!, all[2]!)),
      'layer 3 (\'leaky_re_lu\') is "LeakyReLU", not "BatchNormalization"',
    ],
    [
      'a layer that is missing',
      'discriminator',
      layers((all) => all.pop()),
      'layer 9 is missing, not "Dense"',
    ],
    [
      'a layer too many',
      'discriminator',
      layers((all) => all.push({ class_name: 'Activation', config: { name: 'last' } })),
      'layer 10 (\'last\') is "Activation", not missing',
    ],
    [
      'a model that is not Sequential',
      'generator',
      (model) => {
        model.class_name = 'Functional';
      },
      'the kind of model is "Functional", not "Sequential"',
    ],
  ];

  it.each(changes)('%s', async (_, network, change, what) => {
    await redescribedFile(kerasFiles('3')[network], path, change);
    expect(await refusal(network)).toEqual(mismatch(what));
  });

  it('the discriminator in place of the generator', async () => {
    path = discriminator;
    const what = 'the input of layer \'input_layer_1\' is [null, 28, 28, 1], not [null, "latentSize"]';
    expect(await refusal()).toEqual(mismatch(what));
  });

  it('the generator in place of the discriminator', async () => {
    path = generator;
    const what = "batch_input_shape of layer 'input_layer' (InputLayer) is [null, 4], not [null, 28, 28, 1]";
    expect(await refusal('discriminator')).toEqual(mismatch(what));
  });

  it('a tensor of another shape', async () => {
    await redescribedFile(generator, path, ({ config }) => {
      config.layers[0]!.config.batch_shape = [null, 5];
    });
    const what = "the shape of kernel of layer 'dense' (Dense) is [4, 12544], not [5, 12544]";
    expect(await refusal()).toEqual(mismatch(what));
  });

  it('a tensor of another type', async () => {
    await changedFile(discriminator, path, (root) => {
      const group = root.get('model_weights/dense_1') as typeof root;
      group.create_dataset({ name: 'double', data: new Float64Array(1), shape: [1], dtype: '<d' });
      setAttribute(group, 'weight_names', ['sequential_1/dense_1/kernel', 'double'], [2]);
    });
    const what = 'the type of bias of layer \'dense_1\' (Dense) is "float64", not "float32"';
    expect(await refusal('discriminator')).toEqual(mismatch(what));
  });

  it('a tensor too few', async () => {
    await changedFile(discriminator, path, (root) => {
      const group = root.get('model_weights/conv2d') as typeof root;
      setAttribute(group, 'weight_names', ['sequential_1/conv2d/kernel'], [1]);
    });
    const what = "the number of tensors of layer 'conv2d' (Conv2D) is 1, not 2";
    expect(await refusal('discriminator')).toEqual(mismatch(what));
  });

  it('a layer without tensors', async () => {
    await changedFile(discriminator, path, (root) => {
      setAttribute(root.get('model_weights') as typeof root, 'layer_names', ['conv2d', 'dense_1'], [2]);
    });
    expect(await refusal('discriminator')).toEqual(mismatch('the number of layers with tensors is 2, not 3'));
  });
});

it('a file that was refused can be mended and read, and others too', async () => {
  const whole = readFileSync(generator);
  writeFileSync(path, whole.subarray(0, 10_000));
  await refusal();
  writeFileSync(path, whole);
  expect(Object.keys(await readGenerator(path))).toHaveLength(16);
  expect(Object.keys((await readDiscriminator(discriminator)).weights)).toHaveLength(6);
});
