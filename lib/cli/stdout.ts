import { outputError } from '../files/output_error.js';

/** Waits until it is handed on. @throws DcganError ERR_OUTPUT. */
export function writeStdout(content: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(content, (error) => (error ? reject(outputError('stdout', error)) : resolve()));
  });
}
