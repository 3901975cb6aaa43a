import { GanTrainer, type PresetName, presets } from '../lib/index.js';
import { resolveOptions } from '../lib/options.js';
import { using } from './support/cleanup.js';

test('the preset article is what there is without one', () => {
  const { options } = using(new GanTrainer({ preset: 'article', seed: 1 }));
  expect(options).toEqual(using(new GanTrainer({ seed: 1 })).options);
  expect(options).toEqual(resolveOptions({ seed: 1 }));
});

test.each(Object.keys(presets) as PresetName[])('the options of %s are those of a trainer', (preset) => {
  const { options } = using(new GanTrainer({ preset }));
  expect(options).toMatchObject(presets[preset].model);
});

test('options that are given win over a preset, also where they are said to be left out', () => {
  const { options } = using(
    new GanTrainer({ preset: 'fast', batchSize: 16, r1: 0, ema: undefined, learningRate: 3e-4 }),
  );
  expect(options).toMatchObject({
    batchSize: 16,
    r1: 0,
    ema: presets.fast.model.ema,
    features: 32,
    // One rate for both, as it was given.
    learningRate: 3e-4,
    learningRateGenerator: null,
    learningRateDiscriminator: null,
  });
});

test('an unknown preset is ERR_OPTION that names those there are', () => {
  const wrong = 'good' as PresetName;
  expect(() => new GanTrainer({ preset: wrong })).toThrow(
    expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining('article, fast, best') }),
  );
});
