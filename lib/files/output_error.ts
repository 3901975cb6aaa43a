import { DcganError, systemCode } from '../errors.js';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'there is no permission to write there',
  EPERM: 'there is no permission to write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would become larger than is allowed',
  ENOENT: 'its directory does not exist',
  ENOTDIR: 'a part of its path is a file, not a directory',
  EEXIST: 'a file of that name is in the way',
  EISDIR: 'it is a directory',
  ENAMETOOLONG: 'its name is too long',
  EMFILE: 'too many files are open',
  EIO: 'the disk reports an error',
};

/** The reason of a file operation that failed, in words. */
export function reasonOf(error: unknown): string {
  return reasons[systemCode(error)] ?? (error instanceof Error ? error.message : String(error));
}

/** The ERR_OUTPUT for a file operation on `path` that failed, with the reason in words. */
export function outputError(path: string, error: unknown): DcganError {
  if (error instanceof DcganError) return error;
  return new DcganError('ERR_OUTPUT', `Cannot write ${path}: ${reasonOf(error)}.`, {
    value: path,
    cause: error,
  });
}
