import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { contentsOf, growOld, isSame } from '../files.mjs';
import { libtorchFiles } from '../material.mjs';
import { library, runHere } from '../program.mjs';

/** The name of the directory of a libtorch in the cache. */
const libtorchName = () => `libtorch-${library('libtorch/layout.js').libtorchVersion}`;

const newFiles = () => filesOf(libtorchFiles());

/** Those of one that was there before: its libraries are others. */
function oldFiles() {
  const files = Object.entries(libtorchFiles());
  return filesOf(
    Object.fromEntries(
      files.map(([path, text]) => [path, `${text}${path.startsWith('lib/') ? ' of old' : ''}`]),
    ),
  );
}

const filesOf = (texts) => new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]));

/** pip looks into the material and nowhere else. */
async function fetch({ directory, material }, execute) {
  const pip = { PIP_CONFIG_FILE: '/dev/null', PIP_NO_INDEX: '1', PIP_FIND_LINKS: join(material, 'wheels') };
  const before = Object.fromEntries(Object.keys(pip).map((name) => [name, process.env[name]]));
  Object.assign(process.env, pip);
  const version = ['--version', libtorchName().slice('libtorch-'.length), '--variant', 'cpu'];
  try {
    return await execute(['setup', '--dir', join(directory, 'cache'), ...version, '--force', '--quiet']);
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

async function problems(place, { fault, outcome }, hadOld) {
  const cache = join(place.directory, 'cache');
  const isNew = isSame(filesOfLibtorch(cache), newFiles());
  const left = othersIn(cache);
  const said = [];
  if (!isNew && !isOldThere(cache, left, hadOld))
    said.push('there is neither the old libtorch nor the new one');
  if (outcome.status === 0 && !isNew) said.push('it ended with 0, and the new libtorch is not there');
  if (left.length === 0) return said;
  // What cannot be removed, or put back, is left to the next fetch.
  const mayLeave = fault?.mode === 'kill' || ['unlink', 'list', 'rename', 'stat'].includes(fault?.operation);
  if (!mayLeave || left.length > 1) said.push(`left: ${left.join(', ')}`);
  growOld(cache);
  const { status } = await fetch(place, runHere);
  const still = othersIn(cache);
  if (status !== 0 || still.length > 0) {
    said.push(`setup afterwards ends with ${status} and leaves: ${still.join(', ')}`);
  }
  return said;
}

/** Whether the old libtorch is in its place, or whole where the next fetch puts it back from. */
function isOldThere(cache, left, hadOld) {
  if (!hadOld) return filesOfLibtorch(cache).size === 0;
  const places = [cache, ...left.map((name) => join(cache, name))];
  return places.some((place) => isSame(filesOfLibtorch(place), oldFiles()));
}

/** All but the mark that a fetch leaves. */
function filesOfLibtorch(directory) {
  const found = contentsOf(join(directory, libtorchName()));
  found.delete('.dcgan-native.json');
  return found;
}

function othersIn(cache) {
  try {
    return readdirSync(cache).filter((name) => name !== libtorchName());
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

const scenario = (name, hadOld) => ({
  name,
  codes: ['ERR_SETUP'],
  prepare: ({ directory }) => {
    mkdirSync(directory, { recursive: true });
    if (!hadOld) return;
    for (const [path, bytes] of oldFiles()) {
      const target = join(directory, 'cache', libtorchName(), path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, bytes);
    }
  },
  run: fetch,
  problems: (place, told) => problems(place, told, hadOld),
});

export const setups = [scenario('setup', false), scenario('setup --force', true)];
