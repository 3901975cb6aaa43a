/** How the pictures of a folder become images of one size. */
export interface PictureFolderOptions {
  /**
   * `cover` fills the square and cuts off what is beyond, about the centre; `contain` shows the whole picture on the
   * background. Default `cover`.
   */
  readonly fit?: 'cover' | 'contain';
  /** What stands behind transparent and contained pictures: a colour as in CSS. Default `black`. */
  readonly background?: string;
  /** `folder`: the names of the folders within are the classes. Default: the pictures have no labels. */
  readonly labels?: 'none' | 'folder';
  /** More pictures that cannot be read than these are an error, fewer are told. Default 100. */
  readonly maxUnreadable?: number;
}

/** Every option of a folder of pictures. */
export const pictureOptionNames = [
  'fit',
  'background',
  'labels',
  'maxUnreadable',
] as const satisfies readonly (keyof PictureFolderOptions)[];

/** The name by which a folder is found again with these options: `faces?fit=contain&labels=folder`. */
export function folderName(folder: string, options: PictureFolderOptions): string {
  const given = pictureOptionNames.flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [[name, String(value)] as [string, string]];
  });
  return given.length === 0 ? folder : `${folder}?${new URLSearchParams(given)}`;
}
