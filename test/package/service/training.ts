import { DcganError, GanTrainer, mnist, type TrainEvent } from 'dcgan-native';

/** The one training of the service: what it writes is a run, which every training goes on with. */
export class Training {
  readonly #trainer = new GanTrainer({
    batchSize: 16,
    seed: 7,
    device: 'cpu',
    data: mnist({ split: 'test' }),
  });
  readonly #outDir: string;
  #run = null as ReturnType<Training['fit']> | null;
  #stopping = new AbortController();

  constructor(outDir: string) {
    this.#outDir = outDir;
  }

  /** Types are left to the compiler here, as in a program that somebody writes in an hour. */
  fit(steps: number, signal: AbortSignal) {
    return this.#trainer.fit({ steps, outDir: this.#outDir, logEvery: 1, signal });
  }

  weights() {
    return this.#trainer.weights();
  }

  /** @throws DcganError ERR_OPTION, ERR_BUSY */
  async start(steps: number) {
    const stopping = new AbortController();
    const run = this.fit(steps, stopping.signal);
    for await (const event of run) {
      if (event.type !== 'start') continue;
      this.#stopping = stopping;
      this.#run = run;
      run.catch(() => undefined);
      return event;
    }
    throw new Error('A training that was not refused begins.');
  }

  /** What happened since the training began and what goes on happening, to its end. */
  async *events(): AsyncGenerator<TrainEvent> {
    try {
      if (this.#run) yield* this.#run;
    } catch (error) {
      if (!this.#stopping.signal.aborted) throw error;
    }
  }

  /** Stops it, once everything is saved. @returns the step that it came to */
  async cancel() {
    this.#stopping.abort();
    await this.#run?.catch((error: unknown) => {
      if (error instanceof DcganError) throw error;
    });
    return this.#trainer.step;
  }

  save(path: string) {
    return this.#trainer.save(path);
  }

  dispose() {
    this.#trainer.dispose();
  }
}
