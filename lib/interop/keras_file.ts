import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { DcganError, systemCode } from '../errors.js';
import { kindOf } from '../files/kind.js';
import { importFormat } from './errors.js';
import { readForeignFile } from './file.js';
import { type KerasFile, type ReadRequest, readKerasFile } from './keras_worker.js';

/** Seconds. A real file takes less than one, and loading the library as long, also on a busy machine. */
const patience = 60;
/** MiB of JavaScript objects in the thread; its arrays and the library's memory have limits of their own. */
const heapMegabytes = 256;
/** Bytes. The largest model's weights, and the library's copy of them. */
const mostTensorBytes = 2 ** 28;
const mostLibraryBytes = 2 ** 30;

/**
 * Reads what an HDF5 file says of a model of Keras. A damaged file can break the HDF5 library, or keep it busy for ever:
 * it is read in a thread of its own, which sees the file's bytes and no file system, and which ends with it.
 * @throws DcganError ERR_IMPORT_FORMAT when it is no HDF5 file, cannot be read or is damaged; ERR_SETUP when the library
 * cannot be loaded.
 */
export async function openKerasFile(path: string): Promise<KerasFile> {
  const bytes = await readForeignFile(path);
  checkSignature(path, bytes);
  const request = { library: libraryUrl(), bytes, mostTensorBytes, mostLibraryBytes };
  return new Promise((resolve, reject) => {
    const worker = startWorker(request);
    const end = (settle: () => void) => {
      clearTimeout(timer);
      settle();
      // Whatever it is doing.
      void worker.terminate();
    };
    const damaged = (cause: unknown) =>
      end(() => reject(importFormat(path, 'it is cut short or damaged', cause)));
    const timer = setTimeout(
      () => damaged(new Error(`It was not read after ${patience} seconds.`)),
      patience * 1000,
    );
    worker.once('message', (message: KerasFile | { readonly notLoaded: string }) => {
      end(() => ('notLoaded' in message ? reject(notLoaded(message.notLoaded)) : resolve(message)));
    });
    worker.once('error', (cause) => {
      if (systemCode(cause) !== 'ERR_WORKER_INIT_FAILED') damaged(cause);
      else end(() => reject(notLoaded('no thread could be started')));
    });
    worker.once('exit', (status) => damaged(new Error(`The thread that read it ended with ${status}.`)));
  });
}

/** The function is handed over as text: there may be no file of JavaScript for it, where the sources are run as they are. */
function startWorker(request: ReadRequest): Worker {
  const script = `(${readKerasFile})(require('node:worker_threads'), (url) => import(url));`;
  const worker = new Worker(script, {
    eval: true,
    workerData: request,
    transferList: [request.bytes.buffer],
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
  });
  // What the library prints is for nobody.
  worker.stdout.resume();
  worker.stderr.resume();
  return worker;
}

/** Where the library lies: as an ES module only, `require.resolve` does not find it. It is the build without file system. */
function libraryUrl(): string {
  const places = (require.resolve.paths('h5wasm') ?? []).map((directory) =>
    join(directory, 'h5wasm', 'dist', 'esm', 'hdf5_hl.js'),
  );
  const found = places.find((path) => existsSync(path));
  if (found === undefined) throw notLoaded('it is not installed');
  return pathToFileURL(found).href;
}

function notLoaded(reason: string): DcganError {
  const said = `HDF5 files cannot be read, because h5wasm does not load (${reason}). Run: npm install h5wasm`;
  return new DcganError('ERR_SETUP', said, { value: reason });
}

function checkSignature(path: string, bytes: Uint8Array): void {
  const kind = kindOf(bytes);
  if (kind?.id === 'hdf5') return;
  const reason =
    kind?.id === 'zip' || kind?.id === 'keras'
      ? 'it is a zip archive, as .keras files are; let Keras save the model under a name that ends in .h5'
      : `it is ${kind ? `${kind.words}, and no` : 'not an'} HDF5 file; name one that Keras's model.save or an export wrote`;
  throw importFormat(path, reason);
}
