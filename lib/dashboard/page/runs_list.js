import { html, nothing, render } from '../lib/lit-html.js';
import { asCount, asDuration, asFigure } from './format.js';
import { stateMark } from './state_mark.js';

/** The list of all runs, in which those to show are chosen. */
export function renderRunsList(element, { runs, slots, isLoaded }, { onOnly, onToggle }) {
  const isFull = slots.every((id) => id !== null);
  const entry = (summary, i) => {
    const slot = slots.indexOf(summary.id);
    const isShown = slot >= 0;
    return html`<li class=${isShown ? `run shown run-${slot + 1}` : 'run'}>
      <input
        type="checkbox"
        aria-label=${`Show ${summary.name} too`}
        title=${i < slots.length ? `Show too (key ${i + 1})` : 'Show too'}
        .checked=${isShown}
        ?disabled=${isFull && !isShown}
        @change=${() => onToggle(summary.id)}
      />
      <button type="button" aria-pressed=${String(isShown)} title=${summary.directory} @click=${() => onOnly(summary.id)}>
        <span class="name">${summary.name}</span>${stateMark(summary.state)}
        ${summary.lastStep === null ? nothing : progressOf(summary)}
        <span class="facts">${factsOf(summary)}</span>
        ${summary.problem === null ? nothing : html`<span class="problem">${summary.problem}</span>`}
      </button>
    </li>`;
  };
  render(
    runs.length === 0
      ? html`<p class="empty">${isLoaded ? 'None yet.' : 'Loading…'}</p>`
      : html`<ol>
          ${runs.map(entry)}
        </ol>`,
    element,
  );
}

function progressOf({ name, step, lastStep }) {
  const label = `Progress of ${name}`;
  return html`<progress aria-label=${label} .max=${lastStep || 1} .value=${Math.min(step, lastStep)}></progress>`;
}

function factsOf({ state, step, lastStep, imagesPerSecond, secondsLeft, silent, newestFid, bestFid }) {
  const isRunning = state === 'running';
  const facts = [
    lastStep === null || step === lastStep
      ? `${asCount(step)} steps`
      : `${asCount(step)} of ${asCount(lastStep)}`,
    isRunning && imagesPerSecond !== null && `${asCount(imagesPerSecond)} images/s`,
    isRunning && secondsLeft !== null && `${asDuration(secondsLeft)} left`,
    state === 'stale' && silent !== null && `silent for ${asDuration(silent)}`,
    newestFid !== null && `FID ${asFigure(newestFid.value)}`,
    bestFid !== null && bestFid.step !== newestFid?.step && `best ${asFigure(bestFid.value)}`,
  ];
  return facts.filter(Boolean).map((fact) => html`<span>${fact}</span>`);
}
