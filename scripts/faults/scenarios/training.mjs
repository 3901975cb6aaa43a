import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyTree, growOld } from '../files.mjs';
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
  before: () => ({ newest: 0, metrics: [], rest: '', config: '', damaged: [], temporaries: [] }),
  run: (place, execute) => execute(trainArguments(imagesOf(place), runOf(place), templateSteps)),
  problems: (place, told) => problemsOf(place, { ...told, from: 0, to: templateSteps }),
};

/** Going on with a run. */
const resume = {
  name: 'resume',
  codes: [...train.codes, 'ERR_CHECKPOINT_READ'],
  prepare: (place) => {
    writeImages(imagesOf(place));
    copyTree(join(place.material, 'run'), runOf(place));
  },
  before: (place) => inspect(runOf(place), place.references),
  run: (place, execute) => execute(['train', '--resume', runOf(place), '--steps', '2', '--json']),
  problems: (place, told) => problemsOf(place, { ...told, from: templateSteps, to: templateSteps + 2 }),
};

/**
 * Going on with a run as the machine's end may leave it: steps behind the last checkpoint, a line that was cut short, a newer
 * checkpoint that is damaged, a file that was being written.
 */
const resumeAfterCrash = {
  ...resume,
  name: 'resume after a crash',
  prepare: (place) => {
    resume.prepare(place);
    const run = runOf(place);
    const next = templateSteps + 1;
    const lines = readFileSync(join(place.material, 'reference', 'metrics.jsonl'), 'utf8').split('\n');
    const line = lines.find((text) => text.startsWith(`{"type":"step","step":${next},`));
    appendFileSync(join(run, 'metrics.jsonl'), `${line}\n${line.slice(0, 30)}`);
    const name = `step-${String(next).padStart(8, '0')}.safetensors`;
    writeFileSync(join(run, 'checkpoints', name), place.references.get(next).subarray(0, 1e6));
    writeFileSync(join(run, 'checkpoints', `.${name}.1-01234567.tmp`), 'half');
    growOld(run);
  },
};

export const trainings = [train, resume, resumeAfterCrash];
