import { type ImageSource, type Images, mnist } from '../../lib/data/images.js';

let whole: Promise<Images> | null = null;

/** The first `count` images of MNIST as a source of their own: real digits, short epochs. */
export function smallMnist(count: number): ImageSource {
  const name = `the first ${count} images of MNIST`;
  return {
    name,
    load: async () => {
      whole ??= mnist().load();
      const { pixels } = await whole;
      return {
        name,
        count,
        pixels: pixels.slice(0, count * 784),
        sha256: count.toString(16).padStart(64, '0'),
      };
    },
  };
}
