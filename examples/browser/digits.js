import * as ort from './ort/ort.wasm.min.mjs';

/** Rows of a digit, and columns. */
export const side = 28;

/** The generator: its latent size, and what turns latent vectors into as many images of 28×28 values in [-1, 1]. */
export async function loadGenerator() {
  const response = await fetch('generator.onnx');
  if (!response.ok) {
    throw new Error(
      'There is no generator.onnx beside this page. Make one: npx dcgan-native export runs/0001 --format onnx',
    );
  }
  const session = await ort.InferenceSession.create(new Uint8Array(await response.arrayBuffer()));
  const latentSize = session.inputMetadata[0].shape[1];
  return {
    latentSize,
    async generate(vectors) {
      const z = new Float32Array(vectors.length * latentSize);
      for (const [i, vector] of vectors.entries()) z.set(vector, i * latentSize);
      const { images } = await session.run({ z: new ort.Tensor('float32', z, [vectors.length, latentSize]) });
      return vectors.map((_, i) => images.data.subarray(i * side * side, (i + 1) * side * side));
    },
  };
}

/** Paints values in [-1, 1] on a canvas, the digit's left edge at `left`: black to white, as `dcgan-native generate` does. */
export function paint(canvas, values, left = 0) {
  const image = new ImageData(side, side);
  for (const [i, value] of values.entries()) {
    // The array rounds, and clamps to 0 … 255.
    image.data.fill((value + 1) * 127.5, 4 * i, 4 * i + 3);
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext('2d').putImageData(image, left, 0);
}

export function make(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export const makeCanvas = () => make('canvas', { width: side, height: side, ariaHidden: 'true' });
