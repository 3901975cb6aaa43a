import { latentVector, move } from './latent.js';
import * as ort from './ort/ort.wasm.min.mjs';

const side = 28;
const directionCount = 6;
const moreCount = 24;

const element = (id) => document.getElementById(id);

/** The generator: its latent size, and what turns latent vectors into as many images of 28×28 values in [-1, 1]. */
async function loadGenerator() {
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

/** Paints values in [-1, 1] on a canvas of 28×28 pixels: black to white, as `dcgan-native generate` does. */
function paint(canvas, values) {
  const image = new ImageData(side, side);
  for (const [i, value] of values.entries()) {
    // The array rounds, and clamps to 0 … 255.
    image.data.fill((value + 1) * 127.5, 4 * i, 4 * i + 3);
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext('2d').putImageData(image, 0, 0);
}

function make(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const makeCanvas = () => make('canvas', { width: side, height: side, ariaHidden: 'true' });

/** A slider, and the digit that it leads to. */
function makeDirection(number) {
  const canvas = makeCanvas();
  const slider = make('input', { type: 'range', min: 0, max: 1, step: 0.01, value: 0 });
  const label = make('label', {}, make('span', { textContent: `Direction ${number}` }), slider);
  element('directions').append(make('li', {}, label, canvas));
  return { canvas, slider };
}

/** A digit to choose. */
function makeChoice(number) {
  const canvas = makeCanvas();
  const button = make('button', { type: 'button', ariaLabel: `Start from digit ${number}` }, canvas);
  element('more').append(make('li', {}, button));
  return { canvas, button };
}

const newSeed = () => crypto.getRandomValues(new Uint32Array(1))[0];

/** The seed in the page's address, or a new one. */
function firstSeed() {
  const given = new URLSearchParams(location.search).get('seed') ?? '';
  return /^\d{1,10}$/.test(given) ? Number(given) : newSeed();
}

/** Brings the page to life. Its digits have consecutive seeds: the large one, those of the sliders, those to choose. */
function show({ latentSize, generate }) {
  const directions = Array.from({ length: directionCount }, (_, i) => makeDirection(i + 1));
  const choices = Array.from({ length: moreCount }, (_, i) => makeChoice(i + 1));
  const canvases = [element('digit'), ...directions.map((d) => d.canvas), ...choices.map((c) => c.canvas)];
  let seed = 0;
  let vectors = [];
  let jobs = 0;
  let last = Promise.resolve();
  let moved = false;

  /** Runs one job after the other. */
  function enqueue(job) {
    jobs++;
    element('studio').ariaBusy = 'true';
    last = last
      .then(job)
      .catch(report)
      .then(() => {
        jobs--;
        element('studio').ariaBusy = String(jobs > 0);
      });
    return last;
  }

  function resetSliders() {
    for (const { slider } of directions) slider.value = 0;
  }

  function start(from) {
    seed = from;
    history.replaceState(null, '', `?seed=${seed}`);
    resetSliders();
    return enqueue(async () => {
      vectors = canvases.map((_, i) => latentVector(seed + i, latentSize));
      for (const [i, values] of (await generate(vectors)).entries()) paint(canvases[i], values);
    });
  }

  /** Draws the large digit again; however often the sliders move until then, once. */
  function redraw() {
    if (moved) return;
    moved = true;
    enqueue(async () => {
      moved = false;
      const [z, ...others] = vectors;
      const amounts = directions.map(({ slider }) => Number(slider.value));
      const [values] = await generate([move(z, others.slice(0, directionCount), amounts)]);
      paint(canvases[0], values);
    });
  }

  for (const { slider } of directions) slider.addEventListener('input', redraw);
  element('renew').addEventListener('click', () => start(newSeed()));
  element('reset').addEventListener('click', () => {
    resetSliders();
    redraw();
  });
  for (const [i, { button }] of choices.entries()) {
    button.addEventListener('click', () => start(seed + 1 + directionCount + i));
  }
  return start(firstSeed());
}

function report(error) {
  element('status').hidden = false;
  element('status').textContent = error.message;
}

try {
  const generator = await loadGenerator();
  await show(generator);
  element('status').hidden = true;
  element('studio').hidden = false;
} catch (error) {
  report(error);
}
