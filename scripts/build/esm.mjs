import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * Writes `index.mjs` and its types beside `index.js` in `dist`: the CommonJS exports by name, so that `import` and
 * `require` give the same classes and load the native code once.
 */
export function writeEsm(dist) {
  const names = Object.keys(createRequire(import.meta.url)(join(dist, 'index.js')));
  const list = names.map((name) => `  ${name},\n`).join('');
  writeFileSync(
    join(dist, 'index.mjs'),
    `import exported from './index.js';\n\nexport const {\n${list}} = exported;\n`,
  );
  writeFileSync(join(dist, 'index.d.mts'), "export * from './index.js';\n");
}
