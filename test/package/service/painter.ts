import { once } from 'node:events';
import {
  isMainThread,
  MessageChannel,
  type MessagePort,
  parentPort,
  Worker,
  workerData,
} from 'node:worker_threads';
import { Generator } from 'dcgan-native';

/** What the worker is asked for. */
interface Order {
  readonly seed: number;
  readonly answer: MessagePort;
}

/** Draws pictures of a checkpoint in a thread of its own. */
export class Painter {
  readonly #worker: Worker;

  constructor(checkpoint: string) {
    this.#worker = new Worker(new URL(import.meta.url), { workerData: checkpoint });
  }

  /** A PNG of four digits. */
  async paint(seed: number): Promise<Uint8Array> {
    const { port1, port2 } = new MessageChannel();
    this.#worker.postMessage({ seed, answer: port2 } satisfies Order, [port2]);
    const [picture] = (await once(port1, 'message')) as [Uint8Array];
    port1.close();
    return picture;
  }

  end() {
    return this.#worker.terminate();
  }
}

if (!isMainThread) {
  const loading = Generator.load(workerData as string, { device: 'cpu' });
  parentPort?.on('message', async ({ seed, answer }: Order) => {
    const generator = await loading;
    answer.postMessage(await generator.png(4, { seed }));
  });
}
