#!/usr/bin/env node
/**
 * What prebuildify runs in place of node-gyp, in the folder where it then looks for `build/Release/*.node`: fetches the
 * loader from the folder in which `scripts/release/prebuild.mjs` has built it. Its arguments are node-gyp's.
 */
import { copyFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..', '..');
const addon = 'dcgan_native.node';
copyFileSync(join(root, process.env.DCGAN_BUILD_FOLDER, 'Release', addon), join('build', 'Release', addon));
