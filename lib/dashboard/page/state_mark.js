import { html } from '../lib/lit-html.js';

const words = {
  running: ['●', 'running', 'There is a process that trains it.'],
  stale: ['◌', 'silent', 'Its process has given no sign of life for some time.'],
  ended: ['✓', 'ended', 'It has all that was asked for.'],
  stopped: ['■', 'stopped', 'It was stopped on request; it can be resumed.'],
  failed: ['✕', 'failed', 'It ended with an error.'],
  crashed: ['✕', 'crashed', 'Its process is gone.'],
  unknown: ['?', 'unknown', 'It does not tell how it is.'],
};

/** How a run is: in colour, with a sign and in a word. */
export function stateMark(state) {
  const [sign, word, title] = words[state] ?? words.unknown;
  return html`<span class=${`state ${state}`} title=${title}><i aria-hidden="true">${sign}</i>${word}</span>`;
}
