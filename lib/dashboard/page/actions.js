import { html, nothing } from '../lib/lit-html.js';
import { postJson, runPath } from './api.js';

/** Milliseconds for which a question waits. */
const patience = 6000;
const saidFor = 8000;

/** What can be asked of runs that are being trained, and what they said. */
export class Actions {
  #states = new Map();

  constructor(onChange) {
    this.onChange = onChange;
  }

  /** The buttons of a run; nothing where nobody trains it. */
  buttonsOf({ id, state, name }) {
    if (state !== 'running' && state !== 'stale') return nothing;
    const { isAsking = false, isBusy = false, said = '' } = this.#states.get(id) ?? {};
    const button = (label, action, kind = 'quiet') => html`<button
      type="button"
      class=${kind}
      ?disabled=${isBusy}
      @click=${() => (action === 'stop' && !isAsking ? this.#ask(id) : this.#act(id, action))}
      >${label}</button
    >`;
    return html`<div class="actions" role="group" aria-label=${`What ${name} is to do`}>
      ${button('Save now', 'save')} ${button('Draw a sample now', 'sample')}
      ${isAsking ? button('Yes, save and stop', 'stop', 'danger') : button('Stop after saving…', 'stop')}
      <span role="status">${said}</span>
    </div>`;
  }

  #ask(id) {
    this.#tell(id, { isAsking: true, said: 'Stop this training? Press again.' });
    setTimeout(() => {
      if (this.#states.get(id)?.isAsking) this.#tell(id, {});
    }, patience);
  }

  async #act(id, action) {
    this.#tell(id, { isBusy: true });
    const said = await postJson(runPath(id, 'actions'), { action }).then(
      async (response) => (await response.json()).said,
      ({ message }) => message,
    );
    const state = this.#tell(id, { said });
    setTimeout(() => {
      if (this.#states.get(id) === state) this.#tell(id, {});
    }, saidFor);
  }

  #tell(id, state) {
    this.#states.set(id, state);
    this.onChange();
    return state;
  }
}
