import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DcganError, systemCode } from '../errors.js';
import { packageCache } from '../files/cache.js';
import { type CachedLibtorch, cachedAt, cachedLibtorches, type Variant } from './cache.js';
import { type FetchEvent, reportFetch } from './fetch_events.js';
import { type FetchPlace, fetchProblems } from './fetch_problems.js';
import { isCuda, isLibtorch, libtorchVersion, readVersion } from './layout.js';
import { type DownloadOptions, type Offer, pipDownload } from './pip.js';
import { checkPlace, putIntoPlace } from './place.js';
import { makeTemporary, removeStale } from './temporary.js';
import { cudaRequirements, lastWords, unpackWheels, wheelsIn } from './unpack.js';
import { verifyWheels } from './verify.js';

export { fetchProblems };

export interface FetchOptions extends FetchPlace {
  /** `major.minor.patch`, or `major.minor` for the newest of these. Default: the one that this package is built against. */
  readonly version?: string;
  /** Fetch it although it is there. Default false. */
  readonly force?: boolean;
  /** Stops the download, removes what came so far, and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told what happens. Default: it is shown on stderr. */
  readonly onEvent?: (event: FetchEvent) => void;
}

/** The same, without what may be left out. */
interface Job
  extends Required<Pick<FetchOptions, 'version' | 'variant' | 'directory' | 'force' | 'onEvent'>> {
  readonly env: NonNullable<FetchOptions['env']>;
  readonly signal: AbortSignal | undefined;
  /** Everything in it belongs to this fetch. */
  readonly temporary: string;
}

/** Bytes. Wheels of CPU builds are smaller than that, those for CUDA larger. */
const smallestCuda = 3.5e8;
/** The PyTorch project's own index of CPU builds. */
const cpuIndex = 'https://download.pytorch.org/whl/cpu';

/**
 * Fetches libtorch through pip into the user's cache directory, unless it is there. It appears whole, when all is done;
 * two processes may fetch at once.
 * @returns the directory that holds `lib/`
 * @throws DcganError ERR_SETUP, with what is missing or pip's last words; the signal's reason when it aborts.
 */
export async function fetchLibtorch(options: FetchOptions = {}): Promise<string> {
  const { env = process.env, signal, force = false, onEvent = reportFetch(process.stderr) } = options;
  const { version = libtorchVersion, variant = 'cpu', directory = packageCache(env) } = options;
  const there = force ? null : alreadyThere(directory, version, variant);
  if (there) {
    onEvent({ type: 'end', fetched: false, ...there });
    return there.root;
  }
  signal?.throwIfAborted();
  const problems = fetchProblems(options);
  if (problems.length > 0) throw new DcganError('ERR_SETUP', problems.join(' '));
  try {
    const fetched = await fetchInto({ env, signal, version, variant, directory, force, onEvent });
    onEvent({ type: 'end', fetched: true, ...fetched });
    return fetched.root;
  } catch (error) {
    throw signal?.aborted ? error : setupError(error, directory);
  }
}

async function fetchInto(wanted: Omit<Job, 'temporary'>): Promise<CachedLibtorch> {
  const { version, variant, directory, force, onEvent } = wanted;
  removeStale(directory);
  // Before the download. Where only a minor version is named, it is not known yet which directory it will be.
  checkPlace(cachedAt(directory, version, variant));
  const temporary = makeTemporary(directory);
  const job = { ...wanted, temporary: temporary.path };
  try {
    onEvent({ type: 'begin', version, variant, directory });
    const unpacked = await unpack(await download(job), job);
    return putIntoPlace(unpacked, directory, temporary.path, force);
  } finally {
    temporary.close();
  }
}

function alreadyThere(directory: string, version: string, variant: Variant): CachedLibtorch | null {
  const fits = (found: CachedLibtorch) =>
    found.variant === variant && `${found.version}.`.startsWith(`${version}.`) && isLibtorch(found.root);
  return cachedLibtorches(directory).find(fits) ?? null;
}

/** Downloads the wheels. @returns their directory */
async function download(job: Job): Promise<string> {
  const wheels = join(job.temporary, 'wheels');
  mkdirSync(wheels);
  const torch = `torch==${job.version}${/^\d+\.\d+$/.test(job.version) ? '.*' : ''}`;
  const isFetched =
    (await pip(job, wheels, [torch], ['--no-deps'])) ||
    (job.variant === 'cpu' && (await downloadFromCpuIndex(job, wheels, torch)));
  if (!isFetched) throw wrongVariant(job);
  const onNotice = (message: string) => job.onEvent({ type: 'notice', message });
  const [wheel] = wheelsIn(wheels);
  if (wheel === undefined) return wheels;
  await verifyWheels([wheel], { ...job, onNotice });
  if (job.variant === 'cuda') {
    const requirements = await cudaRequirements(wheel, job.temporary, job);
    if (requirements.length > 0) await pip(job, wheels, requirements, []);
    await verifyWheels(wheelsIn(wheels).slice(1), { ...job, onNotice });
  }
  return wheels;
}

/** Takes pip to the CPU builds, where it would fetch several gigabytes for CUDA. */
async function downloadFromCpuIndex(job: Job, wheels: string, torch: string): Promise<boolean> {
  const message = `pip would fetch a build for CUDA. Looking for the CPU build in ${cpuIndex} instead.`;
  job.onEvent({ type: 'notice', message });
  try {
    return await pip(job, wheels, [torch], ['--no-deps', '--index-url', cpuIndex]);
  } catch (error) {
    if (!(error instanceof DcganError)) throw error;
    const said = `pip would fetch a build for CUDA, and the CPU build in ${cpuIndex} did not come: ${error.message} Or set PIP_INDEX_URL to another index with CPU builds, or take the build for CUDA: npx dcgan-native setup --variant cuda`;
    throw new DcganError('ERR_SETUP', said, { cause: error });
  }
}

/** @returns false when pip's choice is a build of the other variant, which is not fetched */
async function pip(
  job: Job,
  wheels: string,
  requirements: readonly string[],
  flags: readonly string[],
): Promise<boolean> {
  const { env, signal, onEvent, temporary } = job;
  let total = 0;
  const options: DownloadOptions = {
    env,
    signal,
    flags,
    onOffer: (offer) => {
      if (isTorch(offer) && variantOf(offer) !== null && variantOf(offer) !== job.variant) return false;
      total += offer.bytes ?? 0;
      onEvent({ type: 'offer', ...offer });
      return true;
    },
    onSource: (line) => onEvent({ type: 'source', message: line }),
    onWarning: (line) => onEvent({ type: 'notice', message: line }),
    onProgress: (bytes) => {
      if (total > 0) onEvent({ type: 'progress', bytes: Math.min(bytes, total), total });
    },
  };
  const result = await pipDownload(requirements, wheels, temporary, options);
  if (result.refused) return false;
  if (result.status === 0) return true;
  const said = `pip could not download ${requirements.join(' ')}: ${lastWords(result.errors)}. Check the network, the disk and pip's index, or set DCGAN_LIBTORCH to the directory of a libtorch that is there already.`;
  throw new DcganError('ERR_SETUP', said);
}

const isTorch = ({ file }: Offer): boolean => file.startsWith('torch-');

/** Which build a wheel of torch's is, by its name or else its size; null when neither tells. */
function variantOf({ file, bytes }: Offer): Variant | null {
  const label = /^torch-[\d.]+\+(cpu|cu)/.exec(file)?.[1];
  if (label) return label === 'cpu' ? 'cpu' : 'cuda';
  return bytes !== null && bytes > smallestCuda ? 'cuda' : null;
}

function wrongVariant({ version, variant }: Job): DcganError {
  const said =
    variant === 'cpu'
      ? `pip has only builds for CUDA of torch ${version}, also with PyTorch's index of CPU builds (${cpuIndex}). Set PIP_INDEX_URL to an index that has one, or take the build for CUDA: npx dcgan-native setup --variant cuda`
      : `pip has only a CPU build of torch ${version}. Set PIP_INDEX_URL to an index that has builds for CUDA, or take the CPU build: npx dcgan-native setup --variant cpu`;
  return new DcganError('ERR_SETUP', said, { value: variant });
}

/** Unpacks the wheels, and looks at what came. @returns the directory to put into place */
async function unpack(directory: string, job: Job): Promise<CachedLibtorch> {
  const { env, signal, temporary, variant, version } = job;
  const wheels = wheelsIn(directory);
  job.onEvent({ type: 'unpack', files: wheels.length });
  const target = join(temporary, 'unpacked');
  const failed = await unpackWheels(wheels, target, temporary, { env, signal });
  signal?.throwIfAborted();
  if (failed !== null) throw new DcganError('ERR_SETUP', `libtorch could not be unpacked: ${failed}.`);
  const root = join(target, 'torch');
  const found = isLibtorch(root) ? readVersion(root) : null;
  if (found === null || !`${found}.`.startsWith(`${version}.`)) {
    throw new DcganError(
      'ERR_SETUP',
      `The wheel that pip downloaded holds no libtorch ${version}: ${wheels[0]}.`,
    );
  }
  if (isCuda(root) !== (variant === 'cuda')) throw wrongVariant(job);
  return { directory: variant === 'cuda' ? target : root, root, version: found, variant };
}

/** A file operation that failed, as an error that says so; everything else as it is. */
function setupError(error: unknown, directory: string): unknown {
  const code = systemCode(error);
  if (error instanceof DcganError || code === '') return error;
  const said = `libtorch could not be fetched into ${directory} (${code}: ${(error as Error).message}). Nothing there has changed; try again.`;
  return new DcganError('ERR_SETUP', said, { value: directory, cause: error });
}
