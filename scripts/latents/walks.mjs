import { createRequire } from 'node:module';
import { openGenerator } from './data.mjs';

const { filmImages } = createRequire(import.meta.url)('../../dist/index.js');

const [frames, formats] = [600, ['webp', 'gif', 'apng', 'webm', 'mp4']];

/** A walk as a film of each format: how long it takes, how large it is, and whether it closes without a jump. */
export async function walks({ threads }) {
  const generator = await openGenerator(threads);
  const walk = () => generator.walk({ seed: 3, grid: [4, 3], frames });
  const steps = await changes(walk());
  const films = [];
  for (const format of formats) {
    const began = performance.now();
    const [before, peak] = [process.memoryUsage().rss, watchMemory()];
    try {
      const film = await filmImages(walk(), { count: frames, columns: 4, format });
      const seconds = (performance.now() - began) / 1000;
      films.push({ format, seconds, bytes: film.length, growthMebibytes: (peak() - before) / 2 ** 20 });
    } catch (error) {
      if (error.code !== 'ERR_SETUP') throw error;
      films.push({ format, missing: error.message });
      peak();
    }
  }
  generator.dispose();
  return { frames, seam: steps.seam, largest: steps.largest, films };
}

/** The mean square of the change from the last frame to the first, and the largest from any frame to the next. */
async function changes(walk) {
  let [first, last, largest] = [null, null, 0];
  for await (const { data } of walk) {
    first ??= data.slice();
    if (last) largest = Math.max(largest, change(last, data));
    last = data.slice();
  }
  return { seam: change(last, first), largest };
}

const change = (a, b) => a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length;

/** @returns what ends the watch and tells the most memory that was resident meanwhile */
function watchMemory() {
  let most = process.memoryUsage().rss;
  const look = () => {
    most = Math.max(most, process.memoryUsage().rss);
  };
  const timer = setInterval(look, 20);
  return () => {
    clearInterval(timer);
    look();
    return most;
  };
}
