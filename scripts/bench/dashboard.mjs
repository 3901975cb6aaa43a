/**
 * What the dashboard costs: `npm run bench:dashboard`. A run of 100,000 steps and 2,000 pictures in headless Chromium, and
 * 20 pages that follow a training, against the same training without them, in turn.
 *
 *   --rounds N   of the comparison (default 5; 0 leaves it out)
 *   --minutes N  how long the memory of a server with 20 pages is watched (default 10; 0 leaves it out)
 */
import { spawn } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { Agent, get } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { median } from './median.mjs';

const require = createRequire(import.meta.url);
const sharp = require('sharp');

const places = [
  process.env.CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const program = resolve('bin/dcgan-native.js');
const pages = 20;
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    minutes: { type: 'string', default: '10' },
  },
});

/** A run as a training of 100,000 steps writes it that reports each of them. */
async function writeLongRun(directory, steps = 100_000, pictures = 2_000) {
  for (const name of ['samples', 'sessions', 'checkpoints'])
    mkdirSync(join(directory, name), { recursive: true });
  const model = { batchSize: 128, learningRate: 1e-4, seed: 1, classes: 0 };
  writeFileSync(join(directory, 'config.json'), JSON.stringify({ model, fit: {}, begun: 0, history: [] }));
  const task = { step: 0, epochs: null, steps, stepsPerEpoch: 468 };
  const record = { host: 'here', process: { space: null, pid: 1, start: null }, started: new Date(0), task };
  writeFileSync(join(directory, 'sessions', '0001.json'), JSON.stringify(record));
  writeFileSync(join(directory, 'sessions', '0001.ended'), '');
  const background = { create: { width: 230, height: 230, channels: 3, background: '#888' } };
  const picture = await sharp(background).png().toBuffer();
  let lines = [];
  for (let step = 1; step <= steps; step++) {
    const time = new Date(100 * step);
    const noise = Math.sin(step / 900) / 4 + Math.random() / 5;
    const losses = {
      discriminatorLoss: 1.2 + noise,
      generatorLoss: 0.9 - noise,
      imagesPerSecond: 2000 + 100 * noise,
    };
    lines.push(
      JSON.stringify({
        type: 'step',
        step,
        epoch: Math.ceil(step / 468),
        steps: 1,
        ...losses,
        time,
        session: 1,
      }),
    );
    if (step % (steps / pictures) === 0) {
      const file = `samples/step-${String(step).padStart(8, '0')}.png`;
      writeFileSync(join(directory, file), picture);
      lines.push(JSON.stringify({ type: 'sample', step, file, count: 16, columns: 4, time, session: 1 }));
    }
    if (lines.length < 10_000 && step < steps) continue;
    appendFileSync(join(directory, 'metrics.jsonl'), `${lines.join('\n')}\n`);
    lines = [];
  }
}

/** Starts `dashboard` as a process of its own. */
async function serve(directory) {
  const server = spawn(process.execPath, [program, 'dashboard', directory, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(server.stdout, 'data');
  return { server, url: String(line).trim() };
}

/** Seconds of processor time that a process has taken: clock ticks are hundredths. */
const cpuOf = ({ pid }) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

/** Bytes that a process holds. */
const residentOf = ({ pid }) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MB`;

function openBrowser() {
  const executablePath = places.find(existsSync);
  if (!executablePath) throw new Error(`There is no Chromium (${places.join(', ')}).`);
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

/** Milliseconds between the frames while the slider is moved over all of a run. */
const moveSlider = `new Promise((resolve) => {
  const slider = document.getElementById('slider');
  const [min, max] = [Number(slider.min), Number(slider.max)];
  const frames = [];
  const moves = 240;
  let last = performance.now();
  const move = (now) => {
    frames.push(now - last);
    last = now;
    if (frames.length === moves) return resolve(frames.slice(1));
    slider.value = String(min + ((max - min) * frames.length) / moves);
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    requestAnimationFrame(move);
  };
  requestAnimationFrame(move);
})`;

async function measureLongRun(directory) {
  await writeLongRun(join(directory, 'long'));
  const { server, url } = await serve(join(directory, 'long'));
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const began = performance.now();
    await page.goto(url);
    await page.waitForSelector('#panels .u-over', { timeout: 60_000 });
    const shown = performance.now() - began;
    const painted = await page.evaluate(
      "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN",
    );
    const frames = await page.evaluate(moveSlider);
    const mean = frames.reduce((sum, frame) => sum + frame, 0) / frames.length;
    console.log('A run of 100,000 steps and 2,000 pictures:');
    console.log(`  first paint ${painted.toFixed(0)} ms, curves shown after ${shown.toFixed(0)} ms`);
    const slow = frames.filter((frame) => frame > 1000 / 30).length;
    console.log(
      `  slider: ${(1000 / mean).toFixed(0)} frames a second, median frame ${median(frames).toFixed(1)} ms, ${slow} of ${frames.length} frames above 33 ms`,
    );
    console.log(`  server: ${megabytes(residentOf(server))}`);
  } finally {
    await browser.close();
    server.kill();
  }
}

/** Images a second of a training of 400 steps. */
async function train(out, whileTraining) {
  const args = [
    program,
    'train',
    '--steps',
    '400',
    '--seed',
    '1',
    '--out',
    out,
    '--sample-every-steps',
    '100',
    '--json',
  ];
  const training = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  training.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const watching = whileTraining(out);
  await once(training, 'close');
  await watching.stop();
  const end = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .findLast(({ type }) => type === 'end');
  rmSync(out, { recursive: true });
  return end.imagesPerSecond;
}

/**
 * What a page asks of a server: the events, and what is new of the run that it shows. Over plain connections, since what a client
 * costs is not what is measured.
 */
async function followAs(url, agent, signal) {
  const ask = (path) =>
    new Promise((resolve, reject) => {
      get(new URL(path, url), { agent, signal }, resolve).on('error', reject);
    });
  const read = async (path) => {
    const response = await ask(path);
    for await (const _ of response);
  };
  const at = { generation: -1, rows: 0, revision: -1 };
  let text = '';
  for await (const chunk of await ask('api/events')) {
    text += chunk;
    const events = text.split('\n\n');
    text = events.pop();
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      const { changed = [], curves = [] } = JSON.parse(data ?? '{}');
      const [run] = changed;
      if (!run) continue;
      const api = `api/runs/${run.id}`;
      // As page/run_data.js does: what the event has need not be asked for.
      const isTold = curves.some(({ from }) => run.generation === at.generation && from <= at.rows);
      if (!isTold && (run.generation !== at.generation || run.rows !== at.rows)) {
        await read(`${api}/curves?generation=${at.generation}&from=${at.rows}`);
      }
      if (run.revision !== at.revision) await read(`${api}/details`);
      Object.assign(at, { generation: run.generation, rows: run.rows, revision: run.revision });
    }
  }
}

function follow(url) {
  const ending = new AbortController();
  // Each request of each page listens to it.
  setMaxListeners(0, ending.signal);
  const agent = new Agent({ keepAlive: true });
  const ended = () => undefined;
  const followers = Array.from({ length: pages }, () => followAs(url, agent, ending.signal).catch(ended));
  return {
    async stop() {
      ending.abort();
      await Promise.all(followers);
      agent.destroy();
    },
  };
}

const nobody = () => ({ async stop() {} });

async function measureFollowing(runs, { server, url }) {
  const ratios = [];
  const shares = [];
  await train(join(runs, 'warm'), nobody);
  for (let round = 0; round < Number(values.rounds); round++) {
    const order = [nobody, () => follow(url)];
    const speeds = new Map();
    for (const how of round % 2 === 0 ? order : order.toReversed()) {
      const [began, spent] = [performance.now(), cpuOf(server)];
      speeds.set(how, await train(join(runs, `r${round}`), how));
      if (how !== nobody) shares.push((1000 * (cpuOf(server) - spent)) / (performance.now() - began));
    }
    const [alone, followed] = order.map((how) => speeds.get(how));
    ratios.push(alone / followed);
    console.log(
      `  round ${round + 1}: ${alone.toFixed(0)} images/s alone, ${followed.toFixed(0)} with ${pages} pages`,
    );
  }
  console.log(
    `Time of a step with ${pages} pages in units of that without: median ${median(ratios).toFixed(3)}`,
  );
  console.log(`The server took ${(100 * median(shares)).toFixed(1)} % of one processor meanwhile`);
}

/** What the server holds while a run is written and 20 pages follow it. */
async function measureMemory(runs, { server, url }) {
  const minutes = Number(values.minutes);
  const out = join(runs, 'live');
  await writeLongRun(out, 1000, 10);
  const following = follow(url);
  const seen = [];
  for (let second = 0; second < minutes * 60; second += 5) {
    for (let i = 0; i < 5; i++) {
      const step = 1000 + second + i;
      const losses = { discriminatorLoss: 1, generatorLoss: 1, imagesPerSecond: 1000 };
      const time = new Date();
      appendFileSync(
        join(out, 'metrics.jsonl'),
        `${JSON.stringify({ type: 'step', step, steps: 1, ...losses, time, session: 1 })}\n`,
      );
      await setTimeout(1000);
    }
    seen.push(residentOf(server));
  }
  await following.stop();
  const tenth = Math.max(1, Math.floor(seen.length / 10));
  const [first, last] = [seen.slice(tenth, 2 * tenth), seen.slice(-tenth)].map(median);
  console.log(
    `Server with ${pages} pages over ${minutes} minutes: ${megabytes(first)} after a tenth, ${megabytes(last)} at the end, at most ${megabytes(Math.max(...seen))}`,
  );
}

const directory = mkdtempSync(join(tmpdir(), 'dcgan-dashboard-'));
const runs = join(directory, 'runs');
mkdirSync(runs);
try {
  await measureLongRun(directory);
  const serving = await serve(runs);
  try {
    if (Number(values.rounds) > 0) await measureFollowing(runs, serving);
    if (Number(values.minutes) > 0) await measureMemory(runs, serving);
  } finally {
    serving.server.kill();
  }
} finally {
  rmSync(directory, { recursive: true });
}
