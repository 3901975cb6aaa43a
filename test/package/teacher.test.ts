import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackage } from '../support/installed.js';
import '../cli/teacher.test.js';

// The same hour on the command line, with the program of the packed package.
const directory = mkdtempSync(join(tmpdir(), 'dcgan-teacher-'));
process.env.DCGAN_TEST_PROGRAM = join(directory, 'node_modules', '.bin', 'dcgan-native');

beforeAll(() => installPackage(directory));
afterAll(() => rmSync(directory, { recursive: true }));
