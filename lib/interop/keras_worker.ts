/** What is in a file of Keras, as far as an import asks for it; nothing of it is checked. */
export interface KerasFile {
  /** The description of the model (`model_config`); null when there is none. */
  readonly config: string | null;
  /** The layers in their order (`model_weights`), those without tensors left out; null when there are none at all. */
  readonly layers: readonly StoredLayer[] | null;
}

export interface StoredLayer {
  readonly name: string;
  readonly tensors: readonly StoredTensor[];
}

export interface StoredTensor {
  readonly shape: readonly number[] | null;
  /** As NumPy calls it, `<f` for float32; null when there is no such tensor. */
  readonly dtype: unknown;
  /** In C order; null for another type, or more than was asked for. */
  readonly data: Float32Array<ArrayBuffer> | null;
}

/** What the thread is given. */
export interface ReadRequest {
  /** The address of h5wasm. */
  readonly library: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mostTensorBytes: number;
  readonly mostLibraryBytes: number;
}

type Library = typeof import('h5wasm', { with: { 'resolution-mode': 'import' }});
type Group = InstanceType<Library['Group']>;
type Dataset = InstanceType<Library['Dataset']>;
type Entity = ReturnType<Group['get']>;

/** What Node's own types leave to those of browsers. */
interface WithWebAssembly {
  readonly WebAssembly: { readonly Memory: { readonly prototype: WasmMemory } };
}

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(this: WasmMemory, pages: number): number;
}

/**
 * Runs in a thread of its own, to which it is given as text: it can use nothing of this module but types. It posts a
 * `KerasFile`, or why the library cannot be loaded; whatever else goes wrong is the thread's error.
 */
export async function readKerasFile(
  { workerData, parentPort }: typeof import('node:worker_threads'),
  load: (url: string) => Promise<Library>,
): Promise<void> {
  const { library, bytes, mostTensorBytes, mostLibraryBytes } = workerData as ReadRequest;

  // The limit of the library's own memory is higher than that of many a container.
  const { Memory } = (globalThis as unknown as WithWebAssembly).WebAssembly;
  const { grow } = Memory.prototype;
  Memory.prototype.grow = function limited(pages) {
    if (this.buffer.byteLength + pages * 65536 > mostLibraryBytes) throw new RangeError('too much memory');
    return grow.call(this, pages);
  };

  const isKind = (entity: Entity, kind: string) => (entity as { type?: unknown } | null)?.type === kind;
  const groupAt = (parent: Group, path: string): Group | null => {
    const entity = parent.get(path);
    return isKind(entity, 'Group') ? (entity as Group) : null;
  };
  const text = (group: Group, name: string): string | null => {
    const value = group.attrs[name]?.value;
    return typeof value === 'string' ? value : null;
  };
  // Keras writes an empty list as one of numbers.
  const texts = (group: Group, name: string): string[] => {
    const value = group.attrs[name]?.value as ArrayLike<unknown> | null | undefined;
    const list = typeof value === 'object' && value !== null ? Array.from(value) : [];
    return list.every((item) => typeof item === 'string') ? list : [];
  };

  let left = mostTensorBytes;
  const tensorAt = (group: Group, name: string): StoredTensor => {
    const entity = group.get(name);
    if (!isKind(entity, 'Dataset')) return { shape: null, dtype: null, data: null };
    const { dtype, shape: sizes } = entity as Dataset;
    const shape = sizes && Array.from(sizes);
    const size = 4 * (shape ?? []).reduce((product, length) => product * length, 1);
    if (dtype !== '<f' || !(size <= left)) return { shape, dtype, data: null };
    left -= size;
    return { shape, dtype, data: Float32Array.from((entity as Dataset).value as Float32Array) };
  };

  const loaded = await load(library).catch((error: Error) => {
    parentPort?.postMessage({ notLoaded: error.message });
  });
  if (!loaded) return;
  const { File, ready } = loaded;
  const { FS, activate_throwing_error_handler: throwErrors } = await ready;
  throwErrors();
  FS.writeFile('/model.h5', bytes);
  const file = new File('/model.h5', 'r');
  const stored = groupAt(file, 'model_weights');
  const layers =
    stored &&
    texts(stored, 'layer_names').flatMap((name) => {
      const group = groupAt(stored, name);
      const names = group ? texts(group, 'weight_names') : [];
      return group && names.length > 0 ? [{ name, tensors: names.map((each) => tensorAt(group, each)) }] : [];
    });
  const found: KerasFile = { config: text(file, 'model_config'), layers };
  const arrays = (layers ?? []).flatMap(({ tensors }) =>
    tensors.flatMap(({ data }) => (data ? [data.buffer] : [])),
  );
  parentPort?.postMessage(found, arrays);
}
