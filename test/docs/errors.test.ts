import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCodes } from '../../lib/errors.js';

it('docs/errors.md explains every code, and no other', () => {
  const text = readFileSync(join(__dirname, '..', '..', 'docs', 'errors.md'), 'utf8');
  const explained = Array.from(text.matchAll(/^## (ERR_\w+)$/gm), ([, code]) => code);
  expect(explained.sort()).toEqual([...errorCodes].sort());
});
