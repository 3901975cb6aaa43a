import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { DcganError } from '../errors.js';
import { loadSharp } from '../image/png.js';
import type { ImageShape } from '../network/arrays.js';
import { imageNumbers } from '../network/layers.js';
import type { Describer } from './features.js';

/** What is used of ONNX Runtime, of its packages for Node.js and for browsers alike. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array): Promise<OnnxSession>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OnnxTensor;
}

interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata?: readonly { readonly shape?: readonly (number | string)[] }[];
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>;
}

interface OnnxTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
}

/** Images that a foreign network is given at once. */
const imagesAtOnce = 64;

/**
 * What describes images by a network of an ONNX file. Its one input is [n, channels, rows, columns] float32, or with the
 * channels last, numbers in [-1, 1]; where its sizes are fixed, images are enlarged to them, and grey ones repeated to three
 * channels. Its first output, [n, …], are the features.
 * @throws DcganError ERR_FEATURES.
 */
export async function onnxDescriber(
  file: string,
  image: ImageShape,
  loadRuntime: () => Promise<OnnxRuntime> = importRuntime,
): Promise<Describer> {
  const refuse = (why: string, cause?: unknown) =>
    new DcganError('ERR_FEATURES', `${file} cannot be used to describe images: ${why}.`, {
      value: file,
      cause,
    });
  const bytes = await readFile(file).catch((cause: Error) => {
    throw refuse(`it cannot be read (${cause.message})`, cause);
  });
  const runtime = await loadRuntime();
  const session = await runtime.InferenceSession.create(bytes).catch((cause: Error) => {
    throw refuse(`ONNX Runtime does not load it (${cause.message})`, cause);
  });
  const [input, output] = [session.inputNames[0], session.outputNames[0]];
  if (session.inputNames.length !== 1 || input === undefined || output === undefined)
    throw refuse(`it has ${session.inputNames.length} inputs, and one is wanted`);
  const wanted = wantedShape(session, image);

  const describe = async (images: Float32Array, count: number) => {
    const { channels, rows, columns, isLast } = wanted;
    const numbers = await arranged(images, count, image, wanted);
    const shape = isLast ? [count, rows, columns, channels] : [count, channels, rows, columns];
    const tensor = new runtime.Tensor('float32', numbers, shape);
    const found = await session.run({ [input]: tensor }).catch((cause: Error) => {
      throw refuse(`it does not take these images (${cause.message})`, cause);
    });
    const data = found[output]!.data;
    if (!(data instanceof Float32Array) || data.length % count !== 0)
      throw refuse('its first output is not one row of float32 numbers for each image');
    return data;
  };
  const dims = (await describe(new Float32Array(imageNumbers(image)), 1)).length;
  return {
    name: basename(file).replace(/\.onnx$/i, ''),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    dims,
    classes: 0,
    describe: async (images, count) => {
      const features = new Float32Array(count * dims);
      const size = imageNumbers(image);
      for (let at = 0; at < count; at += imagesAtOnce) {
        const n = Math.min(imagesAtOnce, count - at);
        features.set(await describe(images.subarray(at * size, (at + n) * size), n), at * dims);
      }
      return { features, logits: null };
    },
  };
}

async function importRuntime(): Promise<OnnxRuntime> {
  // Not by a literal, as it need not be there.
  const name = 'onnxruntime-node';
  const module = (await import(name).catch((cause: unknown) => {
    const said = 'Features of an ONNX file need the package onnxruntime-node: npm install onnxruntime-node.';
    throw new DcganError('ERR_FEATURES', said, { value: name, cause });
  })) as OnnxRuntime & { readonly default?: OnnxRuntime };
  return module.default ?? module;
}

interface WantedShape {
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  /** Whether the channels are the last dimension. */
  readonly isLast: boolean;
}

const isDepth = (size: unknown) => size === 1 || size === 3;

/** What the input's sizes are, where they are fixed; else the images' own. */
function wantedShape({ inputMetadata }: OnnxSession, { imageSize, channels }: ImageShape): WantedShape {
  const [, ...sizes] = inputMetadata?.[0]?.shape ?? [];
  const isLast = isDepth(sizes[2]) && !isDepth(sizes[0]);
  const [c, h, w] = isLast ? [sizes[2], sizes[0], sizes[1]] : sizes;
  const fixed = (size: number | string | undefined, own: number) =>
    typeof size === 'number' && size > 0 ? size : own;
  return { channels: fixed(c, channels), rows: fixed(h, imageSize), columns: fixed(w, imageSize), isLast };
}

/** [n, S, S, C] as the network takes them. */
async function arranged(
  images: Float32Array,
  count: number,
  image: ImageShape,
  { channels, rows, columns, isLast }: WantedShape,
): Promise<Float32Array> {
  const isEnlarged = rows !== image.imageSize || columns !== image.imageSize;
  const sized = isEnlarged ? await enlarged(images, count, image, rows, columns) : images;
  const numbers = new Float32Array(count * channels * rows * columns);
  const pixels = rows * columns;
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < channels; c++) {
      const from = Math.min(c, image.channels - 1);
      for (let p = 0; p < pixels; p++) {
        const to = isLast ? (i * pixels + p) * channels + c : (i * channels + c) * pixels + p;
        numbers[to] = sized[(i * pixels + p) * image.channels + from]!;
      }
    }
  }
  return numbers;
}

async function enlarged(
  images: Float32Array,
  count: number,
  { imageSize, channels }: ImageShape,
  rows: number,
  columns: number,
): Promise<Float32Array> {
  const sharp = loadSharp();
  const size = imageSize * imageSize * channels;
  const result = new Float32Array(count * rows * columns * channels);
  for (let i = 0; i < count; i++) {
    const pixels = Uint8Array.from(images.subarray(i * size, (i + 1) * size), (x) =>
      Math.max(0, Math.min(255, Math.round(x * 127.5 + 127.5))),
    );
    const raw = { width: imageSize, height: imageSize, channels: channels as 1 | 3 };
    const made = await sharp(pixels, { raw })
      .resize(columns, rows, { kernel: 'linear', fit: 'fill' })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const depth = made.info.channels;
    for (let p = 0; p < rows * columns; p++) {
      for (let c = 0; c < channels; c++) {
        const value = made.data[p * depth + Math.min(c, depth - 1)]!;
        result[(i * rows * columns + p) * channels + c] = (value - 127.5) / 127.5;
      }
    }
  }
  return result;
}
