import { html, nothing, render } from '../lib/lit-html.js';
import { none } from './format.js';

/** What of `config.json` makes a run what it is; the rest tells of versions and sessions. */
const groups = ['model', 'fit'];
const others = ['preset', 'data'];

let isAllShown = false;

/** The options of a run, or those in which several runs differ. */
export function renderOptions(element, runs, onChange) {
  const loaded = runs.filter(({ data }) => data.details !== null);
  const several = loaded.length > 1;
  const columns = loaded.map(({ data }) => optionsOf(data.details.config));
  const names = [...new Set(columns.flatMap((options) => [...options.keys()]))];
  const differs = (name) => new Set(columns.map((options) => options.get(name))).size > 1;
  const shown = several && !isAllShown ? names.filter(differs) : names;
  const choose = ({ target }) => {
    isAllShown = target.checked;
    onChange();
  };
  const row = (name) => html`<tr class=${several && isAllShown && differs(name) ? 'differs' : ''}>
    <th scope="row">${name}</th>
    ${columns.map((options) => html`<td>${options.get(name) ?? none}</td>`)}
  </tr>`;
  const heading = ({ summary, slot }) =>
    html`<th scope="col"><i class=${`dot run-${slot + 1}`}></i>${summary.name}</th>`;
  render(
    html`${
      several
        ? html`<label class="switch"
            ><input type="checkbox" .checked=${isAllShown} @change=${choose} /> Also those that are the same</label
          >`
        : nothing
    }
      ${
        shown.length === 0
          ? html`<p class="empty">${several ? 'The options of these runs are the same.' : 'Nothing is known of its options.'}</p>`
          : html`<div class="scroll" tabindex="0" role="group" aria-label="Table of options">
            <table class=${several ? 'options' : 'options single'}>
              <thead class=${several ? '' : 'visually-hidden'}><tr><th scope="col">Option</th>${loaded.map(heading)}</tr></thead>
              <tbody>${shown.map(row)}</tbody>
            </table>
          </div>`
      }`,
    element,
  );
}

/** The options by their names, each as a text. */
function optionsOf(config) {
  const own = others.filter((name) => name in config).map((name) => [name, config[name]]);
  const grouped = groups.flatMap((group) => Object.entries(config[group] ?? {}));
  return new Map([...own, ...grouped].map(([name, value]) => [name, textOf(value)]));
}

function textOf(value) {
  if (value === null || value === undefined) return none;
  if (Array.isArray(value)) return value.map(textOf).join(', ') || none;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
