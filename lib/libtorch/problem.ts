import { DcganError, type ErrorCode } from '../errors.js';
import type { Libtorch } from './find.js';
import { isCuda, readVersion } from './layout.js';

/** Why something cannot be used, in a whole sentence, and what to do about it in another. */
export interface Problem {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly remedy: string;
}

export function problemError({ code, reason, remedy }: Problem, value: unknown, cause?: unknown): DcganError {
  return new DcganError(code, `${reason} ${remedy}`, { value, cause });
}

/** What to do when there is no libtorch. */
export const getLibtorch =
  'Run: npx dcgan-native setup, or set DCGAN_LIBTORCH to the directory of a libtorch (the one that holds lib/).';

/** What to do about a libtorch that cannot be used, where it lies. */
export function replaceLibtorch({ root, source }: Pick<Libtorch, 'root' | 'source'>): string {
  switch (source) {
    case 'DCGAN_LIBTORCH':
      return 'Set DCGAN_LIBTORCH to another one, or unset it and run: npx dcgan-native setup';
    case 'cache': {
      const version = readVersion(root);
      const which =
        version === null ? '' : ` --version ${version} --variant ${isCuda(root) ? 'cuda' : 'cpu'}`;
      return `Fetch it again: npx dcgan-native setup --force${which}`;
    }
    case 'python':
      return 'For one without Python run: npx dcgan-native setup';
  }
}
