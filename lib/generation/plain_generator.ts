import { setImmediate } from 'node:timers/promises';
import { drawNormal } from '../latent/philox.js';
import type { NativeLatents } from '../native/bindings.js';
import { generatorLayers, kernelSize, type Layer, norm, slope, strideOf } from '../network/layers.js';
import type { TensorState } from '../network/state.js';
import type { ModelOptions } from '../options.js';

/**
 * Draws images with nothing but JavaScript, some 50 milliseconds each: what is in the package shall draw at once, where no
 * libtorch is there yet. It walks the list of layers as native code does; test/generation holds one to the other.
 */
export class PlainGenerator {
  readonly #layers: readonly Layer[];
  readonly #kernels = new Map<Layer, Float32Array>();

  constructor(
    private readonly options: ModelOptions,
    private readonly state: TensorState,
  ) {
    this.#layers = generatorLayers(options);
  }

  /** Images [n, S, S, C] of all latents, one after the other. */
  async generate(latents: readonly NativeLatents[]): Promise<Float32Array> {
    const images: Float32Array[] = [];
    for (const piece of latents) {
      for (const z of this.#vectors(piece)) {
        images.push(this.#layers.reduce((x, layer) => this.#apply(layer, x), z));
        await setImmediate();
      }
    }
    const all = new Float32Array(images.reduce((sum, image) => sum + image.length, 0));
    let at = 0;
    for (const image of images) {
      all.set(image, at);
      at += image.length;
    }
    return all;
  }

  /** z of each image, with the class as one of the numbers behind it, or the weights of all classes. */
  *#vectors({ count, from, first = 0, labels }: NativeLatents): Generator<Float32Array> {
    const { latentSize, classes } = this.options;
    const numbers =
      typeof from === 'number' ? drawNormal(from, first * latentSize, count * latentSize) : from;
    for (let i = 0; i < count; i++) {
      const z = new Float32Array(latentSize + classes);
      z.set(numbers.subarray(i * latentSize, (i + 1) * latentSize));
      if (labels instanceof Float32Array) z.set(labels.subarray(i * classes, (i + 1) * classes), latentSize);
      else if (labels) z[latentSize + labels[i]!] = 1;
      yield z;
    }
  }

  #apply(layer: Layer, x: Float32Array): Float32Array {
    if (layer.kind === 'dense') return dense(x, this.#tensor(layer, 'weight'));
    if (layer.kind === 'norm') return this.#normalised(layer, x);
    if (layer.kind === 'transposedConvolution') return transposed(layer, x, this.#kernel(layer));
    return x.map(Math.tanh);
  }

  /** A layer's weights as `transposed` takes them. */
  #kernel(layer: Layer): Float32Array {
    const known = this.#kernels.get(layer) ?? byTap(this.#tensor(layer, 'weight'));
    this.#kernels.set(layer, known);
    return known;
  }

  #tensor({ name }: Layer, part: string): Float32Array {
    return this.state[`${name}.${part}`]!.data;
  }

  /** Batch normalisation by the running statistics, then LeakyReLU. */
  #normalised(layer: Layer, x: Float32Array): Float32Array {
    const [weight, bias, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((part) =>
      this.#tensor(layer, part),
    );
    const channels = weight!.length;
    const scale = weight!.map((w, c) => w / Math.sqrt(variance![c]! + norm.epsilon));
    return x.map((value, i) => {
      const c = i % channels;
      const y = (value - mean![c]!) * scale[c]! + bias![c]!;
      return y > 0 ? y : slope * y;
    });
  }
}

/** w x, w [outputs, inputs]. */
function dense(x: Float32Array, weight: Float32Array): Float32Array {
  const y = new Float32Array(weight.length / x.length);
  for (let to = 0; to < y.length; to++) {
    const row = to * x.length;
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += weight[row + i]! * x[i]!;
    y[to] = sum;
  }
  return y;
}

const taps = kernelSize * kernelSize;

/** [Cin, Cout, 5, 5] → [tap][Cin][Cout]: the innermost loop walks along what is contiguous. */
function byTap(weight: Float32Array): Float32Array {
  const sorted = new Float32Array(weight.length);
  const products = weight.length / taps;
  for (let i = 0; i < products; i++) {
    for (let tap = 0; tap < taps; tap++) sorted[tap * products + i] = weight[i * taps + tap]!;
  }
  return sorted;
}

/**
 * A transposed convolution 5×5 with Keras's padding `same`: x [s, s, Cin] → [s · stride, …, Cout], w [tap][Cin][Cout]. Of the
 * full output 1 row and column before are dropped at stride 2, and 2 at stride 1.
 */
function transposed(layer: Layer, x: Float32Array, weight: Float32Array): Float32Array {
  const stride = strideOf(layer);
  const before = stride === 2 ? 1 : 2;
  const [rows, , inputs] = layer.input as readonly [number, number, number];
  const [size, , outputs] = layer.output as readonly [number, number, number];
  const y = new Float32Array(size * size * outputs);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < rows; column++) {
      const from = (row * rows + column) * inputs;
      for (let tap = 0; tap < taps; tap++) {
        const toRow = row * stride + Math.floor(tap / kernelSize) - before;
        const toColumn = column * stride + (tap % kernelSize) - before;
        if (toRow < 0 || toRow >= size || toColumn < 0 || toColumn >= size) continue;
        addProduct(
          x,
          from,
          weight,
          tap * inputs * outputs,
          y,
          (toRow * size + toColumn) * outputs,
          inputs,
          outputs,
        );
      }
    }
  }
  return y;
}

/** y[to …] += x[from …] · w, w [inputs, outputs] from `at` on. */
function addProduct(
  x: Float32Array,
  from: number,
  w: Float32Array,
  at: number,
  y: Float32Array,
  to: number,
  inputs: number,
  outputs: number,
): void {
  for (let i = 0; i < inputs; i++) {
    const factor = x[from + i]!;
    const row = at + i * outputs;
    for (let o = 0; o < outputs; o++) y[to + o]! += factor * w[row + o]!;
  }
}
