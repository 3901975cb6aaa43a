import { DcganError } from '../errors.js';
import type { ImageSource } from './images.js';

/**
 * What a checkpoint or a run says it was trained on, as a `data` option: undefined where it does not say, as in checkpoints of
 * earlier versions. A program's own images cannot be had again by their name; then loading them throws ERR_DATA_NOT_FOUND.
 */
export function savedSource(
  source: { readonly name: string; readonly isOwn: boolean } | undefined,
): string | ImageSource | undefined {
  if (!source?.isOwn) return source?.name;
  const { name } = source;
  const said = `It was trained on a program's own images, '${name}', which no path leads to. Give them as data.`;
  return {
    name,
    load: () => Promise.reject(new DcganError('ERR_DATA_NOT_FOUND', said, { value: name })),
  };
}
