/** What a reader refuses a file with; code `none` when it takes it. */
export function refusalOf(read: Promise<unknown>): Promise<{ code: string; message: string }> {
  return read.then(
    () => ({ code: 'none', message: '' }),
    ({ code, message }) => ({ code, message }),
  );
}

/** The refusal of a file that cannot be read. */
export const formatRefusal = (path: string, reason: string) => ({
  code: 'ERR_IMPORT_FORMAT',
  message: expect.stringContaining(`${path} cannot be imported: ${reason}`),
});

/** The refusal of a file of another network. */
export const mismatchRefusal = (path: string, what: string) => ({
  code: 'ERR_IMPORT_MISMATCH',
  message: `${path} holds another network: ${what}. Only the networks of docs/recipe.md can be imported.`,
});
