#!/usr/bin/env node
/**
 * What prebuildify runs in place of node-gyp: cmake-js, without the options that mean something else to it (`--target`)
 * or nothing.
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { cmakeJs } from './native.mjs';

const root = resolve(import.meta.dirname, '..');
const { findLibtorch } = createRequire(import.meta.url)('../dist/libtorch/find.js');
const foreign = /^--(target|devdir|dist-url|runtime|release)(=|$)/;
const args = process.argv.slice(2).filter((arg) => !foreign.test(arg));
await cmakeJs(root, [...args, `--CDDCGAN_LIBTORCH=${findLibtorch().root}`]);
