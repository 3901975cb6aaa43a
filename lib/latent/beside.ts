import { basename, dirname, join } from 'node:path';
import { isFile } from '../files/is_there.js';

/**
 * Where something that goes with a checkpoint is kept: in its run, or beside its file.
 * @param checkpoint a path, of a run's checkpoint or of a file
 */
export function placeBeside(checkpoint: string, name: string): string {
  const directory = dirname(checkpoint);
  return join(basename(directory) === 'checkpoints' ? dirname(directory) : directory, name);
}

/** The same, where it is there; null elsewhere, and for a checkpoint that came from no file. */
export async function foundBeside(checkpoint: string, name: string): Promise<string | null> {
  const place = placeBeside(checkpoint, name);
  return (await isFile(checkpoint)) && (await isFile(place)) ? place : null;
}
