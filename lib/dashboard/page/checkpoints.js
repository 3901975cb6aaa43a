import { html, nothing, render } from '../lib/lit-html.js';
import { generateCommand, pathIn } from './command.js';
import { copyButton } from './copy.js';
import { asBytes, asCount, asFigure, epochAt, none } from './format.js';

/** The checkpoints of the shown runs, the newest first, and what can be drawn from them. */
export function renderCheckpoints(element, runs, onDraw) {
  const loaded = runs.filter(({ data }) => data.details !== null);
  const several = runs.length > 1;
  render(
    loaded.map(
      (
        run,
      ) => html`${several ? html`<h3><i class=${`dot run-${run.slot + 1}`}></i>${run.summary.name}</h3>` : nothing}
        ${tableOf(run, onDraw)}`,
    ),
    element,
  );
}

function tableOf({ summary, data: { details } }, onDraw) {
  if (details.checkpoints.length === 0) return html`<p class="empty">No checkpoints yet.</p>`;
  const row = ({ step, file, bytes, kept, best, fid }) => html`<tr>
    <td>${asCount(step)}</td>
    <td>${epochAt(step, summary.stepsPerEpoch) ?? none}</td>
    <td>${asFigure(fid)}</td>
    <td>${asBytes(bytes)}</td>
    <td class="badges">
      ${best ? html`<span class="badge best">★ best</span>` : nothing}
      ${kept ? html`<span class="badge" title="It stays for good">kept</span>` : nothing}
    </td>
    <td class="do">
      ${copyButton(commandFor(summary, details, file), 'Copy', `Copy the command for step ${asCount(step)}`)}
      ${
        onDraw === null
          ? nothing
          : html`<button type="button" class="quiet" aria-label=${`Draw from step ${asCount(step)}`} @click=${() => onDraw(summary.id, file)}>Draw</button>`
      }
    </td>
  </tr>`;
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${`Checkpoints of ${summary.name}`}>
    <table class="checkpoints">
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col">Epoch</th>
          <th scope="col">FID</th>
          <th scope="col">Size</th>
          <td></td>
          <td></td>
        </tr>
      </thead>
      <tbody>
        ${details.checkpoints.map(row)}
      </tbody>
    </table>
  </div>`;
}

function commandFor({ directory }, { sampled }, file) {
  const options = sampled === null ? {} : { seed: sampled.seed, count: sampled.count };
  return generateCommand(pathIn(directory, file), options);
}
