import { loadGenerator, make, makeCanvas, paint } from './digits.js';
import { latentVector } from './latent.js';
import { loadDirections, Sliders, sliderCount, sliderSets } from './sliders.js';
import { Way } from './way.js';

const moreCount = 24;
/** Digits of the way, until others are asked for. */
const wayCount = 4;

const element = (id) => document.getElementById(id);

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

/** The seeds in a text, of which there must be two. */
function seedsIn(text) {
  const seeds = text.match(/\d+/g)?.map(Number) ?? [];
  if (seeds.length < 2) throw new Error('Give two seeds or more: whole numbers, with commas between them.');
  return seeds;
}

/** Brings the page to life. Its digits have consecutive seeds: the large one, those of the sliders, those to choose. */
function show(generator, named) {
  const { latentSize, generate } = generator;
  const sets = sliderSets(latentSize, named);
  const sliders = new Sliders(element('directions'), redraw);
  const choices = Array.from({ length: moreCount }, (_, i) => makeChoice(i + 1));
  const way = new Way({
    strip: element('strip'),
    player: element('player'),
    place: element('place'),
    play: element('play'),
  });
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
      .then(() => report(null), report)
      .then(() => {
        jobs--;
        element('studio').ariaBusy = String(jobs > 0);
      });
    return last;
  }

  function start(from) {
    seed = from;
    history.replaceState(null, '', `?seed=${seed}`);
    sliders.reset();
    element('seeds').value = Array.from({ length: wayCount }, (_, i) => seed + i).join(', ');
    enqueue(async () => {
      const count = 1 + sliderCount + moreCount;
      vectors = Array.from({ length: count }, (_, i) => latentVector(seed + i, latentSize));
      const others = vectors.slice(1 + sliderCount);
      await drawOn([element('digit'), ...choices.map(({ canvas }) => canvas)], [vectors[0], ...others]);
      await drawOn(sliders.canvases, sliders.ends(vectors));
    });
    return drawWay();
  }

  async function drawOn(canvases, latents) {
    for (const [i, values] of (await generate(latents)).entries()) paint(canvases[i], values);
  }

  const drawWay = () => enqueue(() => way.draw(seedsIn(element('seeds').value), generator));

  function choose(set) {
    sliders.choose(set);
    enqueue(() => drawOn(sliders.canvases, sliders.ends(vectors)));
    redraw();
  }

  /** Draws the large digit again; however often the sliders move until then, once. */
  function redraw() {
    if (moved) return;
    moved = true;
    enqueue(async () => {
      moved = false;
      await drawOn([element('digit')], [sliders.moved(vectors)]);
    });
  }

  for (const [i, { title }] of sets.entries()) {
    element('set').append(make('option', { value: i, textContent: title }));
  }
  element('set').addEventListener('change', ({ target }) => choose(sets[target.value]));
  element('renew').addEventListener('click', () => start(newSeed()));
  element('reset').addEventListener('click', () => {
    sliders.reset();
    redraw();
  });
  element('seeds').addEventListener('change', drawWay);
  for (const [i, { button }] of choices.entries()) {
    button.addEventListener('click', () => start(seed + 1 + sliderCount + i));
  }
  sliders.choose(sets[0]);
  return start(firstSeed());
}

/** Shows what went wrong; null: nothing. */
function report(error) {
  element('status').hidden = error === null;
  element('status').textContent = error?.message ?? '';
}

try {
  const generator = await loadGenerator();
  await show(generator, await loadDirections(generator.latentSize));
  element('studio').hidden = false;
} catch (error) {
  report(error);
}
