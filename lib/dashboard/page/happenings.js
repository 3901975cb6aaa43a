import { html, nothing, render } from '../lib/lit-html.js';
import { asPosition } from './format.js';

const signs = { start: '▸', end: '✓', failure: '✕', notice: 'i', watchdog: '!', rollback: '↶' };

/** All that happened in the shown runs, the newest first; each leads the slider there. */
export function renderHappenings(element, runs, axis, onSeek) {
  const all = runs.flatMap(({ slot, summary, data }) =>
    (data.details?.happenings ?? []).map((happening) => ({ ...happening, slot, name: summary.name })),
  );
  all.sort((a, b) => b[axis] - a[axis]);
  const several = runs.length > 1;
  const entry = (it) => html`<li>
    <button type="button" @click=${() => onSeek(it[axis])} title=${it.time === null ? '' : new Date(it.time).toLocaleString()}>
      <i class=${`sign ${it.type}`} aria-hidden="true">${signs[it.type]}</i>
      <span class="where"
        >${several ? html`<i class=${`dot run-${it.slot + 1}`}></i>${it.name} · ` : nothing}${asPosition(axis, it[axis])}</span
      >
      <span>${it.said}</span>
    </button>
  </li>`;
  render(
    all.length === 0
      ? html`<p class="empty">Nothing of note has happened.</p>`
      : html`<ol class="happenings">
          ${all.map(entry)}
        </ol>`,
    element,
  );
}
