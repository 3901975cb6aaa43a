import { createRequire } from 'node:module';
import { join } from 'node:path';
import { openGenerator } from './data.mjs';
import { writeRows } from './pictures.mjs';

const { reportedStrengths } = createRequire(import.meta.url)('../../dist/latent/direction_report.js');

/** Seeds of the digits that are shown. */
const shown = [2, 7, 11];

/** What the package's directions do to digits, as `directions find` tells it. */
export async function directions({ threads, pictures }) {
  const generator = await openGenerator(threads);
  const { directions: found } = await generator.directions({ seed: 1 });
  if (pictures) {
    const rows = [];
    for (const direction of found) {
      const frames = [];
      const edited = generator.edit({ seeds: shown, direction, strengths: [...reportedStrengths] });
      for await (const { data } of edited) frames.push(data);
      rows.push(rowOf(frames));
    }
    await writeRows(join(pictures, 'directions.png'), rows);
  }
  generator.dispose();
  return { strengths: reportedStrengths, directions: found.map(({ name, report }) => ({ name, ...report })) };
}

/** Frames [strengths][n] as one row: each image with all of its strengths. */
function rowOf(frames) {
  const size = frames[0].length / shown.length;
  return Float32Array.from(
    shown.flatMap((_, image) =>
      frames.flatMap((frame) => [...frame.subarray(image * size, (image + 1) * size)]),
    ),
  );
}
