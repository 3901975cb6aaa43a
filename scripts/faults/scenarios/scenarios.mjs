import { conversions } from './conversion.mjs';
import { setups } from './setup.mjs';
import { trainings } from './training.mjs';

/**
 * What is tried. Each lays out a directory (`prepare`), looks at it (`before`), does one thing in it while a call fails (`run`),
 * and tells what is then wrong with what lies there (`problems`); `codes` are the errors that fit. One that `isApi` happens in the
 * process itself, which must then not be killed.
 *
 * Each is given a place: `directory`, the same for every case because checkpoints name where their images were; `material`, what
 * `makeMaterial` made; `references`, the whole checkpoint of each step.
 */
export const scenarios = [...trainings, ...setups, ...conversions];
