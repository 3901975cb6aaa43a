import { postJob, postJson, runPath } from './api.js';
import { bytesFrom, floatsFrom, toBase64 } from './bytes.js';

/**
 * The latent space of a checkpoint, in which the server works. A latent is a vector `z` with the class of its image, or null, and
 * a name for the reader; images are pixels 0 … 255, as many as the size of an image asks for.
 */
export class LatentClient {
  static async open(id, checkpoint) {
    const response = await postJson(runPath(id, 'latents/model'), { checkpoint });
    return new LatentClient(id, checkpoint, await response.json());
  }

  constructor(id, checkpoint, { directions, notice, ...facts }) {
    Object.assign(this, { id, checkpoint, facts, notice });
    this.directions = directions.map(({ name, vector }) => ({ name, vector: floatsFrom(vector) }));
  }

  /** The latents of seeds. */
  async latentsOf(seeds, label) {
    const { latents } = await (await this.#post('seeds', { seeds })).json();
    return latents.map((z, i) => ({ z: floatsFrom(z), label, name: `seed ${seeds[i]}` }));
  }

  /** The images of latents. */
  async draw(latents) {
    return this.#images(await (await this.#post('draw', this.#sent(latents))).arrayBuffer());
  }

  /** The images on the way between latents. */
  async frames(latents, way) {
    const response = await this.#post('frames', { ...this.#sent(latents), ...way });
    return this.#images(await response.arrayBuffer());
  }

  /** The way between latents as an animated WebP. */
  async film(latents, way) {
    return (await this.#post('film', { ...this.#sent(latents), ...way })).blob();
  }

  /** A file of latents, which the commands take. */
  async file(latents) {
    return (await this.#post('file', this.#sent(latents))).blob();
  }

  /** The latent whose image comes closest to a picture, that image, and how far it is from the picture. */
  async project(pixels, { label, seed }, job) {
    const result = await this.#job('project', { picture: toBase64(pixels), label, seed }, job);
    const [{ latent, image }] = this.#found(result, 'projected picture');
    return { latent, image, error: result.errors[0] };
  }

  /** Several answers to what is missing of a picture, each an image with its latent. */
  async inpaint(pixels, mask, { label, seed, answers }, job) {
    const asked = { picture: toBase64(pixels), mask: toBase64(mask), label, seed, answers };
    return this.#found(await this.#job('inpaint', asked, job), 'answer');
  }

  #post(tool, asked) {
    return postJson(runPath(this.id, `latents/${tool}`), { checkpoint: this.checkpoint, ...asked });
  }

  #job(tool, asked, job) {
    return postJob(runPath(this.id, `latents/${tool}`), { checkpoint: this.checkpoint, ...asked }, job);
  }

  #sent(latents) {
    const { latentSize, classes } = this.facts;
    const all = new Float32Array(latents.length * latentSize);
    for (const [i, { z }] of latents.entries()) all.set(z, i * latentSize);
    return { latents: toBase64(all), labels: classes > 0 ? latents.map(({ label }) => label) : null };
  }

  #found({ latents, labels, pixels }, name) {
    const { latentSize } = this.facts;
    const numbers = floatsFrom(latents);
    return this.#images(bytesFrom(pixels).buffer).map((image, i) => ({
      image,
      latent: {
        z: numbers.slice(i * latentSize, (i + 1) * latentSize),
        label: labels?.[i] ?? null,
        name: `${name} ${i + 1}`,
      },
    }));
  }

  #images(buffer) {
    const { width, height, colours } = this.facts;
    const size = width * height * colours;
    return Array.from({ length: buffer.byteLength / size }, (_, i) => new Uint8Array(buffer, i * size, size));
  }
}
