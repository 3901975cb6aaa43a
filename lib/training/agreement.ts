import { type Checkpoint, encodeCheckpoint, readCheckpoint } from '../checkpoint/checkpoint.js';
import { describeSource, type ImageSource, imageSource } from '../data/images.js';
import { savedSource } from '../data/saved_source.js';
import { DcganError } from '../errors.js';
import type { NativeCore } from '../native/bindings.js';
import type { ModelOptions } from '../options.js';
import type { Group } from '../parallel/group.js';
import { version } from '../version.js';
import type { OpenOptions } from './model.js';

/** What the processes that train together are to have alike, as each of them has it. */
export interface Terms {
  readonly options: ModelOptions;
  /** Which of them the data decide. */
  readonly left: OpenOptions;
  readonly source: ImageSource;
  /** What the training goes on from; null for a fresh one. */
  readonly restored: Checkpoint | null;
}

/** What a process says of itself as they meet. */
interface Introduction {
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly vectorUnit: string;
  /** The options that it was given. */
  readonly given: Readonly<Record<string, unknown>>;
}

/** Options of the model and its data that somebody gave. */
export type GivenOptions = Partial<ModelOptions> & { readonly data?: string | ImageSource };

/** Options that are each process's own: they decide where it computes, not what. */
const own = ['device', 'threads', 'tf32', 'memoryFormat'] as const satisfies readonly (keyof ModelOptions)[];

/**
 * What the processes of a group train: the leading one's terms. What another was given has to agree with them; what it was not given,
 * a checkpoint for one, it takes from there.
 * @param given the options that this process was given
 * @returns the terms of all, and what the user should know
 * @throws DcganError ERR_PARALLEL, on every process, where versions or options differ; ERR_OPTION where the batch cannot be
 * divided.
 */
export async function agree(
  group: Group,
  core: NativeCore,
  { data, ...given }: GivenOptions,
  terms: Terms,
): Promise<Terms & { readonly notices: readonly string[] }> {
  const introductions = await group.gather<Introduction>({
    machine: group.machine,
    versions: { 'dcgan-native': version, libtorch: core.torchVersion() },
    vectorUnit: core.vectorUnit(),
    given: Object.fromEntries(Object.entries(given).filter(([name]) => !own.some((each) => each === name))),
  });
  const { options, left, source } = await group.broadcast({
    options: terms.options,
    left: terms.left,
    source: describeSource(terms.source),
  });
  for (const [rank, introduction] of introductions.entries()) {
    const difference = differenceOf(introduction, introductions[0]!.versions, options);
    if (difference === null) continue;
    const [name, value, leading] = difference;
    const said = `Process ${rank} on ${introduction.machine} has ${name} ${JSON.stringify(value)}, process 0 ${JSON.stringify(leading)}. Start all processes with the same command and the same installation.`;
    throw new DcganError('ERR_PARALLEL', said, { value });
  }
  checkBatch(options.batchSize, group.place.worldSize);
  const encoded = group.leads && terms.restored ? await encodeCheckpoint(terms.restored) : new Uint8Array();
  const restored = await group.broadcastBytes(encoded);
  return {
    options: withOwn(options, terms.options),
    left,
    source: data === undefined && !source.isOwn ? imageSource(savedSource(source)) : terms.source,
    restored: group.leads || restored.length === 0 ? terms.restored : await readCheckpoint(restored),
    notices: differentUnits(introductions),
  };
}

/** The leading process's options, with those that are this one's own. */
export function withOwn(leading: ModelOptions, options: ModelOptions): ModelOptions {
  const kept = Object.fromEntries(own.map((name) => [name, options[name]])) as Partial<ModelOptions>;
  return Object.freeze({ ...leading, ...kept });
}

type Difference = readonly [name: string, value: unknown, leading: unknown];

/** The first thing in which a process differs from the leading one; null for none. */
function differenceOf(
  { versions, given }: Introduction,
  leadingVersions: Introduction['versions'],
  options: ModelOptions,
): Difference | null {
  const pairs: Difference[] = [
    ...Object.entries(versions).map(([name, value]) => [name, value, leadingVersions[name]] as const),
    ...Object.entries(given).map(
      ([name, value]) => [name, value, options[name as keyof ModelOptions]] as const,
    ),
  ];
  return pairs.find(([, value, leading]) => JSON.stringify(value) !== JSON.stringify(leading)) ?? null;
}

/** @throws DcganError ERR_OPTION where the processes would have unequal shares. */
function checkBatch(batchSize: number, worldSize: number): void {
  if (batchSize % worldSize === 0) return;
  const below = Math.floor(batchSize / worldSize) * worldSize;
  const fitting = [below, below + worldSize].filter((size) => size > 0).join(' or ');
  const said = `Option 'batchSize' is wrong: ${batchSize} images cannot be divided among ${worldSize} processes. Take ${fitting}, or say how many each takes with batchSizePerProcess.`;
  throw new DcganError('ERR_OPTION', said, { value: batchSize });
}

/** Their rounding differs, so that what they train drifts apart by it. */
function differentUnits(introductions: readonly Introduction[]): string[] {
  const units = introductions.map(({ vectorUnit }) => vectorUnit);
  if (new Set(units).size === 1) return [];
  const said = `The processes compute on different vector units (${units.join(', ')}), whose rounding differs: their weights may drift apart by it. Take machines of one kind where that matters.`;
  return [said];
}
