import { html, nothing, render } from '../lib/lit-html.js';
import { runPath } from './api.js';
import { cellDetails } from './cell.js';
import { asClock, asCount, asFigure, epochAt } from './format.js';
import { Picture } from './picture.js';
import { loadPicture } from './picture_cache.js';
import { countUpTo, newestAt } from './places.js';
import { stateMark } from './state_mark.js';

/** The shown runs side by side, each as it was where the slider is. */
export class Cards {
  #pictures = new Map();

  /** @param onChoose called with the index of an image that was chosen, or null */
  constructor(element, actions, onChoose) {
    Object.assign(this, { element, actions, onChoose });
  }

  /** Shows runs at a position of an axis. */
  show({ runs, axis, at, cell, canAct }) {
    const card = (run) => html`<article class=${`card run-${run.slot + 1}`} aria-label=${run.summary.name}>
      <header>
        <h2>${run.summary.name}</h2>
        ${stateMark(run.summary.state)}
      </header>
      ${problemOf(run)} ${this.#sampleOf(run, axis, at, cell)} ${figuresAt(run, axis, at)}
      ${canAct ? this.actions.buttonsOf(run.summary) : nothing}
    </article>`;
    render(runs.map(card), this.element);
  }

  #sampleOf(run, axis, at, cell) {
    const { summary, data } = run;
    if (data.details === null) return data.problem === null ? html`<p class="empty">Loading…</p>` : nothing;
    const sample = newestAt(data.details.samples, axis, at);
    if (sample === undefined) {
      const isNone = data.details.samples.length === 0;
      return html`<p class="empty">${isNone ? 'No samples yet.' : 'No sample up to here.'}</p>`;
    }
    const picture = this.#pictureOf(summary.id);
    const { sampled } = data.details;
    const index = sampled !== null && cell !== null && cell < sampled.count ? cell : null;
    picture.show({ url: urlOf(summary, sample), sampled, index, label: `Samples of ${summary.name}` });
    const epoch = epochAt(sample.step, summary.stepsPerEpoch);
    const canvas = picture.cell;
    return html`<figure>
        ${picture.element}
        <figcaption>
          Sample of step ${asCount(sample.step)}${epoch === null ? nothing : `, epoch ${epoch}`}
          ${sampled === null || index !== null ? nothing : html`<span class="hint">· click one to enlarge it</span>`}
        </figcaption>
      </figure>
      ${index === null ? nothing : cellDetails({ canvas, run, sample, index, onClose: () => this.onChoose(null) })}`;
  }

  #pictureOf(id) {
    if (!this.#pictures.has(id)) this.#pictures.set(id, new Picture(id, this.onChoose));
    return this.#pictures.get(id);
  }
}

/** Resolves when the pictures of runs at a position are loaded, or cannot be. */
export async function loadPicturesAt(runs, axis, at) {
  const samples = runs.map(({ summary, data }) => [summary, newestAt(data.details?.samples ?? [], axis, at)]);
  const found = samples.filter(([, sample]) => sample !== undefined);
  await Promise.allSettled(found.map(([summary, sample]) => loadPicture(urlOf(summary, sample))));
}

// A training that goes on from an earlier step draws some pictures anew, under their names.
const urlOf = ({ id, generation }, { file, step }) => runPath(id, `files/${file}?v=${generation}-${step}`);

function problemOf({ summary, data }) {
  const problem = summary.problem ?? data.problem;
  return problem === null ? nothing : html`<p class="problem" role="alert">${problem}</p>`;
}

/** The figures of a run where the slider is: of the newest row, and of the newest evaluation. */
function figuresAt({ summary, data: { curves, details, isLoaded } }, axis, at) {
  const row = countUpTo(curves.get(axis), at) - 1;
  if (row < 0) {
    return html`<p class="empty">${!isLoaded ? nothing : curves.rows === 0 ? 'No metrics yet.' : 'Not begun here.'}</p>`;
  }
  const value = (column) => curves.get(column)[row];
  const step = value('step');
  const epoch = epochAt(step, summary.stepsPerEpoch);
  const evaluation = newestAt(details?.evaluations ?? [], axis, at);
  const isOlder = evaluation !== undefined && evaluation.step !== step;
  const figure = (name) => evaluation?.figures[name];
  const entries = [
    ['Step', asCount(step)],
    ['Epoch', epoch],
    ['Images', asCount(value('images'))],
    ['Time', asClock(value('seconds'))],
    ['Loss D', asFigure(value('discriminatorLoss'))],
    ['Loss G', asFigure(value('generatorLoss'))],
    ['FID', figure('fid') && withError(figure('fid'))],
    ['KID', figure('kid') && asFigure(figure('kid').value)],
    ['Recall', figure('recall') && asFigure(figure('recall').value)],
    ['Precision', figure('precision') && asFigure(figure('precision').value)],
  ];
  const shown = entries.filter(([, text]) => text !== null && text !== undefined);
  return html`<dl class="figures">
      ${shown.map(([name, text]) => html`<div><dt>${name}</dt><dd>${text}</dd></div>`)}
    </dl>
    ${isOlder ? html`<p class="hint">Evaluated at step ${asCount(evaluation.step)}.</p>` : nothing}`;
}

const withError = ({ value, error }) =>
  html`${asFigure(value)}${error ? html`<small> ± ${error.toPrecision(2)}</small>` : nothing}`;
