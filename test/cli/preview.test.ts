import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { createPreview } from '../../lib/cli/preview.js';
import { createProgress } from '../../lib/cli/progress.js';
import { encodePng } from '../../lib/image/png.js';
import type { SampleEvent } from '../../lib/training/events.js';
import { inXterm, Written } from '../support/terminal.js';
import { temporaryDirectory } from './helpers.js';

const directory = temporaryDirectory();
const sampleOf = (step: number, path: string): SampleEvent => ({ type: 'sample', epoch: 1, step, path });

/** What a terminal shows after these samples, all of them at once. */
async function shownOf(columns: number, ...samples: readonly SampleEvent[]): Promise<string[]> {
  const stream = new Written(columns);
  const preview = createPreview(stream, createProgress(stream, false))!;
  for (const sample of samples) preview.show(sample);
  await preview.done();
  return stripVTControlCharacters(stream.text).split('\n');
}

inXterm();

beforeAll(async () => {
  const picture = { pixels: new Uint8Array(100 * 50), width: 100, height: 50, channels: 1 } as const;
  writeFileSync(join(directory, 'picture.png'), await encodePng(picture));
});

test.each([
  [200, 40],
  [21, 20],
])('in a terminal of %d columns a picture has %d', async (columns, width) => {
  const [caption, ...lines] = await shownOf(columns, sampleOf(5, join(directory, 'picture.png')));
  expect(caption).toBe('Samples of step 5, epoch 1:');
  expect(lines).toEqual([...new Array<string>(width / 4).fill(' '.repeat(width)), '']);
});

test('of several that wait the newest is drawn', async () => {
  const samples = [1, 2, 3, 4].map((step) => sampleOf(step, join(directory, 'picture.png')));
  const captions = (await shownOf(80, ...samples)).filter((line) => line.startsWith('Samples'));
  expect(captions).toEqual(['Samples of step 1, epoch 1:', 'Samples of step 4, epoch 1:']);
});

test('one that cannot be shown is told once, and the next is drawn', async () => {
  const missing = join(directory, 'nothing.png');
  const stream = new Written(80);
  const preview = createPreview(stream, createProgress(stream, false))!;
  for (const sample of [sampleOf(1, missing), sampleOf(2, missing)]) {
    preview.show(sample);
    await preview.done();
  }
  preview.show(sampleOf(3, join(directory, 'picture.png')));
  await preview.done();
  const lines = stripVTControlCharacters(stream.text).split('\n');
  expect(lines.slice(0, 2)).toEqual([
    expect.stringMatching(/^The samples could not be shown: .*nothing\.png is not there\./),
    'Samples of step 3, epoch 1:',
  ]);
});

test('there is none where no terminal is, or one that knows no escape sequences', () => {
  const progress = createProgress(new Written(), false);
  expect(createPreview(new Written(), progress)).toBeNull();
  process.env.TERM = 'dumb';
  expect(createPreview(new Written(80), progress)).toBeNull();
});
