import { filmImages } from '../film/film_images.js';
import type { Generator } from '../generation/generator.js';
import { type Picture, tile } from '../image/grid.js';
import type { ImageBatch } from '../network/arrays.js';
import type { LatentRequest } from './latent_requests.js';

/** A job that takes its time: who waits for it, and who is told how far it is. */
export interface Job {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly done: number; readonly of: number }) => void;
}

/** Pixels of a film's side, for which small images are enlarged. */
const filmSide = 128;

/** Images below each other, with nothing between. */
const stacked = { columns: 1, gap: 0 };
/** The same as pixels 0 … 255. */
const column = (images: ImageBatch): Picture => tile(images, stacked);

/** What a page has to know of a generator to work with it. */
export function describe({ options }: Generator) {
  const { latentSize, classes, imageSize, channels } = options;
  const {
    width,
    height,
    channels: colours,
  } = column({
    data: new Float32Array(imageSize * imageSize * channels),
    shape: [1, imageSize, imageSize, channels],
  });
  // What has other channels is shown as a strip of grey pictures, and no picture of a visitor's is like that.
  return { latentSize, classes, width, height, colours, takesPictures: channels === colours };
}

/** Pixels 0 … 255 of the images of latent vectors, below each other. */
export async function drawPixels(
  generator: Generator,
  { latents, labels }: LatentRequest<'draw'>,
): Promise<Uint8Array> {
  const count = latents.length / generator.options.latentSize;
  const images = await generator.generate(count, { noise: latents, labels: labels ?? undefined });
  return column(images).pixels;
}

/** The pixels of each picture on the way between latent vectors, one after the other. */
export async function* pictures(
  generator: Generator,
  request: LatentRequest<'frames'>,
  job: Pick<Job, 'signal'>,
): AsyncGenerator<Uint8Array> {
  for await (const image of way(generator, request, job)) yield column(image).pixels;
}

/** The way between latent vectors as an animated WebP. */
export function film(
  generator: Generator,
  request: LatentRequest<'film'>,
  job: Pick<Job, 'signal'>,
): Promise<Buffer> {
  const { frames: count, fps } = request;
  const scale = Math.max(1, Math.floor(filmSide / describe(generator).height));
  return filmImages(way(generator, request, job), { count, fps, ...stacked, scale });
}

function way(
  generator: Generator,
  { latents, labels, frames, mode, closed }: LatentRequest<'frames'>,
  { signal }: Pick<Job, 'signal'>,
): AsyncIterable<ImageBatch> {
  return generator.interpolate({ latents, labels: labels ?? undefined, frames, mode, closed, signal });
}

/** The latent vector whose image comes closest to a picture. */
export async function project(
  generator: Generator,
  { picture, label, seed }: LatentRequest<'project'>,
  job: Job,
) {
  const found = await generator.project(picture, { seed, ...labelsOf(label), ...job });
  return { ...sent(generator, found), errors: Array.from(found.errors) };
}

/** Several answers to what a picture may be where its mask is 1. */
export async function inpaint(
  generator: Generator,
  { picture, mask, label, seed, answers }: LatentRequest<'inpaint'>,
  job: Job,
) {
  const found = await generator.inpaint(picture, mask, { seed, answers, ...labelsOf(label), ...job });
  return sent(generator, found);
}

const labelsOf = (label: number | null) => (label === null ? {} : { labels: label });

/** What was found, as it is sent. */
function sent(
  { options: { imageSize, channels, latentSize } }: Generator,
  found: {
    readonly latents: Float32Array;
    readonly labels: Int32Array | null;
    readonly images: Float32Array;
  },
) {
  const count = found.latents.length / latentSize;
  const { pixels } = column({ data: found.images, shape: [count, imageSize, imageSize, channels] });
  return {
    latents: base64(found.latents),
    labels: found.labels && Array.from(found.labels),
    pixels: base64(pixels),
  };
}

export function base64({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
