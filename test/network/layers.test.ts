import { loadNative } from '../../lib/native/load';
import { batchShape } from '../../lib/network/arrays';
import {
  classifierLayers,
  discriminatorLayers,
  encoderLayers,
  generatorLayers,
  imageNumbers,
  type Layer,
} from '../../lib/network/layers';
import { optionsOfWeights } from '../../lib/network/shapes';
import { modelTensors } from '../../lib/network/state';
import { imageSizes, type ModelOptions, resolveOptions } from '../../lib/options';

const core = loadNative();

/** A layer as the native side tells it. */
const told = ({ name, input, output, trained, statistics }: Layer) => ({
  name,
  input,
  output,
  trained: Object.fromEntries(trained),
  statistics: Object.fromEntries(statistics),
});

const models: [string, Partial<ModelOptions>][] = [
  ['the recipe', {}],
  ['32×32 in colour', { imageSize: 32, channels: 3 }],
  ['64×64 in colour, narrow', { imageSize: 64, channels: 3, features: 16 }],
  ['48×48 of five channels', { imageSize: 48, channels: 5, features: 32 }],
  ['16×16 with classes', { imageSize: 16, conditional: true, classes: 10, features: 16 }],
  ['spectral normalisation and classes', { spectralNorm: true, conditional: true, classes: 3, features: 16 }],
  ['an average', { ema: 1000, features: 16 }],
];

describe.each(models)('the lists of layers of %s', (_, given) => {
  const options = resolveOptions({ latentSize: 7, batchSize: 2, device: 'cpu', ...given });
  const native = core.layers(options);

  test('are the native ones, what is trained in the same order', () => {
    const names = (layers: readonly { trained: object }[]) =>
      layers.flatMap((each) => Object.keys(each.trained));
    for (const [network, layers] of [
      ['generator', generatorLayers(options)],
      ['discriminator', discriminatorLayers(options)],
      ['encoder', encoderLayers(options)],
      ...(options.classes > 0 ? [['classifier', classifierLayers(options)] as const] : []),
    ] as const) {
      expect(layers.map(told)).toEqual(native[network]);
      expect(names(layers.map(told))).toEqual(names(native[network]!));
    }
  });

  test('begin and end with the shapes of images', () => {
    const image = batchShape(3, options).slice(1);
    expect(generatorLayers(options).at(-1)!.output).toEqual(image);
    expect(discriminatorLayers(options)[0]!.input).toEqual(image);
    expect(imageNumbers(options)).toBe(image.reduce((product, size) => product * size, 1));
  });

  test('are what a trainer holds, and their sizes can be told from its tensors', async () => {
    const trainer = new core.Trainer(options);
    const { tensors } = await trainer.state();
    trainer.dispose();
    const shapes = Object.entries(tensors).map(([name, { shape }]) => [name, shape]);
    expect(Object.fromEntries(shapes)).toEqual(Object.fromEntries(modelTensors(options)));
    const { latentSize, imageSize, channels, features, classes } = options;
    expect(optionsOfWeights(tensors)).toMatchObject({ latentSize, imageSize, channels, features, classes });
  });
});

test('images have sizes of 4 to 8 times a power of two from 4 on, up to 256', () => {
  expect(imageSizes).toEqual([16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256]);
});
