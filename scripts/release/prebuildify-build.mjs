#!/usr/bin/env node
/**
 * What prebuildify runs in place of node-gyp, in the folder where it then looks for `build/Release/*.node`: builds the
 * loader with cmake-js, in the folder that `scripts/release/prebuild.mjs` has configured. Its arguments are node-gyp's.
 */
import { copyFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cmakeJs } from '../build/native.mjs';

const root = resolve(import.meta.dirname, '..', '..');
const folder = process.env.DCGAN_BUILD_FOLDER;
const addon = 'dcgan_native.node';
await cmakeJs(root, ['build', '--out', folder, '--target', 'dcgan_native']);
copyFileSync(join(root, folder, 'Release', addon), join('build', 'Release', addon));
