import { html } from '../lib/lit-html.js';
import { generateCommand, pathIn } from './command.js';
import { copyButton } from './copy.js';

/** The chosen image of a sample picture: enlarged, with what draws it again. */
export function cellDetails({ canvas, run, sample, index, onClose }) {
  const { summary, data } = run;
  const { seed, count } = data.details.sampled;
  const command = generateCommand(sourceAt(summary, data, sample.step), { seed, count, only: index });
  return html`<div class="cell-details">
    ${canvas}
    <div>
      <h3>Image ${index + 1} of ${count}</h3>
      <p>Seed ${seed} · index ${index}</p>
      <div class="buttons">
        ${copyButton(command)}
        <button type="button" class="quiet" @click=${onClose}>Close</button>
      </div>
    </div>
  </div>`;
}

/** The checkpoint of exactly that step, or else the run. */
function sourceAt({ directory }, { details }, step) {
  const checkpoint = details.checkpoints.findLast((candidate) => candidate.step === step);
  return checkpoint ? pathIn(directory, checkpoint.file) : directory;
}
