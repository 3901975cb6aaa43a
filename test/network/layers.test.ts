import { loadNative } from '../../lib/native/load';
import { imagePixels, imageShape } from '../../lib/network/arrays';
import { discriminatorLayers, generatorLayers, type Layer, recipe } from '../../lib/network/layers';
import { modelTensors } from '../../lib/network/state';
import { resolveOptions } from '../../lib/options';

const latentSize = 7;
const core = loadNative();

/** A layer as the native side tells it. */
const told = ({ name, input, output, trained, statistics }: Layer) => ({
  name,
  input,
  output,
  trained: Object.fromEntries(trained),
  statistics: Object.fromEntries(statistics),
});

describe('the lists of layers', () => {
  const native = core.layers(resolveOptions({ latentSize }));

  test('are the native ones', () => {
    expect(generatorLayers(recipe, latentSize).map(told)).toEqual(native.generator);
    expect(discriminatorLayers(recipe).map(told)).toEqual(native.discriminator);
  });

  test('name what is trained in the order of the native ones', () => {
    const names = (layers: readonly { trained: object }[]) =>
      layers.flatMap((each) => Object.keys(each.trained));
    expect(names(generatorLayers(recipe, latentSize).map(told))).toEqual(names(native.generator));
    expect(names(discriminatorLayers(recipe).map(told))).toEqual(names(native.discriminator));
  });

  test('begin and end with the shapes of images', () => {
    const image = imageShape(3).slice(1);
    expect(generatorLayers(recipe, latentSize).at(-1)!.output).toEqual(image);
    expect(discriminatorLayers(recipe)[0]!.input).toEqual(image);
    expect(imagePixels).toBe(784);
  });

  test('are what a trainer holds', async () => {
    const trainer = new core.Trainer(resolveOptions({ latentSize, batchSize: 2, device: 'cpu' }));
    const { tensors } = await trainer.state();
    trainer.dispose();
    const shapes = Object.entries(tensors).map(([name, { shape }]) => [name, shape]);
    expect(Object.fromEntries(shapes)).toEqual(Object.fromEntries(modelTensors(latentSize)));
  });
});
