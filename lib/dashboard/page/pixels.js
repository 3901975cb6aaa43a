import { fittingWidth } from './grid.js';

/** What grey is made of red, green and blue: BT.709. */
const luma = [0.2126, 0.7152, 0.0722];
/** Milliseconds after which a browser has surely begun to read what it downloads. */
const readWithin = 10_000;

/** Paints pixels 0 … 255 on a canvas, which gets their size; others where `left` is given, beside what is there. */
export function paint(canvas, pixels, { width, height, colours }, left = null) {
  if (left === null) Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let colour = 0; colour < 3; colour++) {
      image.data[4 * i + colour] = pixels[colours * i + (colours === 3 ? colour : 0)];
    }
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext('2d').putImageData(image, left ?? 0, 0);
}

/** Shows a canvas as large as there is room for, each of its pixels alike. */
export function fit(canvas, side) {
  const { width, height } = canvas;
  canvas.style.width = `${fittingWidth(width, height, { width: side, height: side }, 1)}px`;
}

/** A picture file as pixels 0 … 255 of an image: the middle of it, scaled, and black where it is transparent. */
export async function pixelsOf(file, { width, height, colours }) {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error(`This browser cannot read ${file.name} as a picture. Take a PNG, JPEG or WebP file.`);
  });
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  const side = Math.min(bitmap.width, bitmap.height);
  const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
  context.drawImage(bitmap, left, top, side, side, 0, 0, width, height);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const grey = (i) => luma.reduce((sum, part, colour) => sum + part * data[4 * i + colour], 0);
  const value = colours === 3 ? (i) => data[4 * Math.floor(i / 3) + (i % 3)] : (i) => Math.round(grey(i));
  return Uint8Array.from({ length: width * height * colours }, (_, i) => value(i));
}

/** Has a browser keep a file. */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), readWithin);
}

/** Has a browser keep what is on a canvas, pixel by pixel. */
export async function downloadPng(canvas, name) {
  download(await new Promise((resolve) => canvas.toBlob(resolve)), name);
}
