/**
 * Measures what the latent tools do with the package's own digits: how soon a search takes its steps, how close it comes,
 * what is repaired, what directions move, how walks close. `--docs` writes it to docs/latents.json and docs/latents.md.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from '../bench/machine.mjs';
import { directions } from './directions.mjs';
import { docs, updateDocs } from './docs.mjs';
import { drawnAgain } from './drawn_again.mjs';
import { heldOutDigits } from './held_out.mjs';
import { inpainting } from './inpainting.mjs';
import { pictureTimes } from './picture_times.mjs';
import { restoring } from './restoring.mjs';
import { stepTime } from './step_time.mjs';
import { walks } from './walks.mjs';

const usage = `Usage: npm run bench:latents -- [options]

  --only PARTS      of ${Object.keys(parts()).join(', ')} some, with commas between
  --peers PYTHON    a Python with torch, numpy, scikit-image and opencv-python-headless
  --encoder FILE    what encoder train made of the package's digits; without it searches begin anywhere
  --count N         pictures that are looked for (default 1000), half of them repaired
  --rounds N        rounds of steps that alternate (default 7)
  --threads N       CPU threads (default: one for each core)
  --docs            write docs/latents.json, its pictures and the tables of docs/latents.md
  --help            show this
`;

/** What is measured, by name; each gives what docs/latents.json keeps of it. */
function parts() {
  return {
    step: stepTime,
    times: pictureTimes,
    drawn: drawnAgain,
    held: heldOutDigits,
    inpainting,
    restoring,
    directions,
    walks,
  };
}

const numbers = { count: 10, rounds: 1, threads: 1 };

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      peers: { type: 'string' },
      encoder: { type: 'string' },
      count: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '7' },
      threads: { type: 'string', default: String(availableParallelism()) },
      docs: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  for (const [name, least] of Object.entries(numbers)) {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < least) {
      throw new Error(`--${name} must be a whole number of at least ${least}, not '${values[name]}'.`);
    }
    values[name] = value;
  }
  const all = Object.keys(parts());
  const only = values.only?.split(',') ?? all;
  const unknown = only.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`There is no part '${unknown}': ${all.join(', ')}.`);
  return { ...values, only, pictures: values.docs ? join(docs, 'images') : null };
}

async function main() {
  const options = readOptions();
  if (options.help) return process.stdout.write(usage);
  const log = (line) => process.stderr.write(`${line}\n`);
  const file = join(docs, 'latents.json');
  for (const name of options.only) {
    log(`${name} …`);
    const began = performance.now();
    const measured = { machine: machine(options.threads), ...(await parts()[name](options, log)) };
    log(`${name}: ${Math.round((performance.now() - began) / 1000)} s`);
    process.stdout.write(`${JSON.stringify({ [name]: measured }, null, 2)}\n`);
    if (!options.docs) continue;
    // Read anew: other parts may be measured meanwhile.
    const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
    writeFileSync(file, `${JSON.stringify({ ...results, [name]: measured }, null, 2)}\n`);
  }
  if (options.docs) for (const changed of updateDocs()) log(`written: ${changed}`);
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
