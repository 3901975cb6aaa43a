import { systemCode } from '../errors.js';

/** Whether a file operation failed because there is nothing of that name. Other failures prove no absence. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCode(error));
}

/** For `.catch`: gives `value` where there is nothing of that name, and throws any other error on. */
export function whenMissing<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (isMissing(error)) return value;
    throw error;
  };
}
