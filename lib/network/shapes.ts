import { type ModelOptions, resolveOptions } from '../options.js';
import type { NetworkOptions } from './layers.js';
import type { TensorState } from './state.js';

/**
 * The options that networks follow from, by the shapes of their tensors; where tensors are missing those of docs/recipe.md,
 * so that what is told of such a file is what it lacks of them.
 */
export function optionsOfWeights(weights: TensorState): NetworkOptions {
  const sizes = (name: string) => weights[name]?.shape ?? [];
  const convolutions =
    Object.keys(weights).filter((name) => /^generator\.conv\d+\.weight$/.test(name)).length || 3;
  const levels = convolutions - 1;
  const [mapChannels = 256] = sizes('generator.conv1.weight');
  const [mapNumbers = 49 * mapChannels, inputs = 100] = sizes('generator.dense.weight');
  const [classes = 0] = sizes('discriminator.classes.weight');
  const [, channels = 1] = sizes(`generator.conv${convolutions}.weight`);
  return possibleOptions({
    latentSize: inputs - classes,
    imageSize: Math.sqrt(mapNumbers / mapChannels) * 2 ** levels,
    channels,
    features: mapChannels / 2 ** levels,
    classes,
  });
}

/** What was found, where there are such networks; else the sizes of docs/recipe.md. */
export function possibleOptions(found: Omit<NetworkOptions, 'spectralNorm'>): NetworkOptions {
  const { latentSize, imageSize, channels, features, classes } = found;
  const sizes = { imageSize, channels, features };
  return {
    latentSize: arePossible({ latentSize }) ? latentSize : 100,
    classes: arePossible({ classes, conditional: true }) ? classes : 0,
    ...(arePossible(sizes) ? sizes : { imageSize: 28, channels: 1, features: 64 }),
    spectralNorm: false,
  };
}

function arePossible(options: Partial<ModelOptions>): boolean {
  try {
    resolveOptions(options);
    return true;
  } catch {
    return false;
  }
}
