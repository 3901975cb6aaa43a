#!/usr/bin/env node
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const main = join(__dirname, '..', 'dist', 'cli', 'main.js');
if (existsSync(main)) {
  require(main)
    .main(process.argv.slice(2))
    .then((status) => {
      process.exitCode = status;
    });
} else {
  process.stderr.write('error: ERR_ADDON_NOT_FOUND: This checkout is not built. Run `npm ci` first.\n');
  process.exitCode = 1;
}
