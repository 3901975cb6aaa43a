import { html, nothing } from '../lib/lit-html.js';

/** Something that the server takes its time for: one at a time, told how far it is, and ended when it is not wanted any more. */
export class Job {
  #controller = null;
  #title = '';
  #progress = null;
  #problem = '';

  constructor(onChange) {
    this.onChange = onChange;
  }

  get isRunning() {
    return this.#controller !== null;
  }

  /** Does some work in place of the one before. @param work called with what it is to be told and ended by */
  async run(title, work) {
    this.cancel();
    const controller = new AbortController();
    this.#controller = controller;
    this.#tell({ title, problem: '' });
    const { signal } = controller;
    const onProgress = (progress) => {
      if (!signal.aborted) this.#tell({ progress });
    };
    try {
      await work({ signal, onProgress });
    } catch ({ message }) {
      if (!signal.aborted) this.#tell({ problem: message });
    }
    if (this.#controller !== controller) return;
    this.#controller = null;
    this.#tell({});
  }

  cancel() {
    this.#controller?.abort();
    this.#controller = null;
    this.#tell({});
  }

  /** How far it is, and a button that ends it; what went wrong. */
  view() {
    const { done = 0, of = 1 } = this.#progress ?? {};
    return html`<div class="job" role="status">
        ${
          this.isRunning
            ? html`<label
                  >${this.#title} <progress max="1" .value=${done / of}>${Math.round((100 * done) / of)} %</progress></label
                ><button type="button" class="quiet" @click=${() => this.cancel()}>Cancel</button>`
            : nothing
        }
      </div>
      <p class="problem" role="alert">${this.#problem}</p>`;
  }

  #tell({ title = this.#title, progress = null, problem = this.#problem }) {
    this.#title = title;
    this.#progress = progress;
    this.#problem = problem;
    this.onChange();
  }
}
