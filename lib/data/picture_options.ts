import * as v from 'valibot';
import { check, count } from '../options.js';
import type { PictureFolderOptions, pictureOptionNames } from './folder_name.js';

const colour = v.pipe(
  v.string(),
  v.regex(/^(#[0-9a-f]{3,8}|[a-z]+)$/i, 'must be a colour such as white or #ff8800'),
);

const schema = v.strictObject({
  fit: v.optional(v.picklist(['cover', 'contain']), 'cover'),
  background: v.optional(colour, 'black'),
  labels: v.optional(v.picklist(['none', 'folder']), 'none'),
  maxUnreadable: v.optional(count(0, 1e9), 100),
} satisfies Record<(typeof pictureOptionNames)[number], v.GenericSchema>);

export type ResolvedPictureOptions = v.InferOutput<typeof schema>;

/** Checks options and fills in defaults. @throws DcganError ERR_OPTION. */
export const resolvePictureOptions = (options: PictureFolderOptions): ResolvedPictureOptions =>
  check(schema, options);

/** The folder and the options that such a name stands for. @throws DcganError ERR_OPTION. */
export function parseFolderName(name: string): { folder: string; options: ResolvedPictureOptions } {
  const at = name.lastIndexOf('?');
  const given = Object.fromEntries(new URLSearchParams(at < 0 ? '' : name.slice(at + 1)));
  const { maxUnreadable } = given;
  const options = { ...given, ...(maxUnreadable !== undefined && { maxUnreadable: Number(maxUnreadable) }) };
  return { folder: at < 0 ? name : name.slice(0, at), options: resolvePictureOptions(options) };
}
