#!/usr/bin/env node

const { existsSync } = require('node:fs');
const { join } = require('node:path');

const program = join(__dirname, '..', 'dist', 'cli', 'main.js');
if (existsSync(program)) {
  require(program)
    .main(process.argv.slice(2))
    .then((exitCode) => {
      process.exitCode = exitCode;
    });
} else {
  process.stderr.write('error: ERR_ADDON_NOT_FOUND: dcgan-native is not built yet. Run: npm ci\n');
  process.exitCode = 1;
}
