import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { side, size } from './data.mjs';

const { encodePicture } = createRequire(import.meta.url)('../../dist/image/picture.js');

/** Writes rows of images [n, size] below each other as one PNG. */
export async function writeRows(file, rows) {
  const columns = rows[0].length / size;
  const data = new Float32Array(rows.length * rows[0].length);
  rows.forEach((row, i) => {
    data.set(row, i * row.length);
  });
  const shape = [rows.length * columns, side, side, 1];
  writeFileSync(file, await encodePicture({ data, shape }, { columns, scale: 2 }));
}
