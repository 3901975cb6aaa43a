import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { copyTree } from '../files.mjs';
import { templateSteps, trainArguments, writeImages } from '../material.mjs';
import { runHere } from '../program.mjs';
import { continuationProblems, inspect, runProblems } from '../run_directory.mjs';

const imagesOf = ({ directory }) => join(directory, 'images');
const runOf = ({ directory }) => join(directory, 'run');

/** What is wrong with the run, and with going on with it on a sound disk. */
async function problemsOf(place, told) {
  const run = runOf(place);
  if (!existsSync(run)) return [];
  const after = inspect(run, place.references);
  const anew = () => runHere(trainArguments(imagesOf(place), run, templateSteps));
  return [...runProblems(run, after, told), ...(await continuationProblems(run, place.references, anew))];
}

/** A training of a few steps, with a checkpoint after each and samples. */
const train = {
  name: 'train',
  codes: ['ERR_OUTPUT', 'ERR_DATA_NOT_FOUND'],
  prepare: (place) => writeImages(imagesOf(place)),
  run: (place, execute) => execute(trainArguments(imagesOf(place), runOf(place), templateSteps)),
  problems: (place, told) => {
    const before = { newest: 0, metrics: [], config: '' };
    return problemsOf(place, { ...told, before, from: 0, to: templateSteps });
  },
};

/** Going on with a run. */
const resume = {
  name: 'resume',
  codes: [...train.codes, 'ERR_CHECKPOINT_NOT_FOUND'],
  prepare: (place) => {
    writeImages(imagesOf(place));
    copyTree(join(place.material, 'run'), runOf(place));
  },
  before: (place) => inspect(runOf(place), place.references),
  run: (place, execute) => execute(['train', '--resume', runOf(place), '--steps', '2', '--json']),
  problems: (place, told) => problemsOf(place, { ...told, from: templateSteps, to: templateSteps + 2 }),
};

export const trainings = [train, resume];
