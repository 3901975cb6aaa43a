import { html, render, svg } from '../lib/lit-html.js';
import { asPosition, epochAt } from './format.js';
import { paletteNow } from './palette.js';

const speeds = [2, 5, 10, 20, 30];
/** Half the width of the slider's thumb, in CSS pixels, as in the style sheet. */
const inset = 9;

const icon = (path) =>
  html`<svg viewBox="0 0 16 16" aria-hidden="true">${svg`<path d=${path}></path>`}</svg>`;

/** The one slider, whose ticks are the samples, and the buttons that move it. */
export class Timeline {
  #slider = document.getElementById('slider');
  #ticks = document.getElementById('ticks');
  #controls = document.getElementById('controls');
  #shown = null;

  /** @param on what to call: `onSeek` with a position, `onStep` with -1 or 1, `onPlay`, `onSpeed`, `onFollow` */
  constructor(on) {
    this.on = on;
    this.#slider.addEventListener('input', () => {
      const { extent } = this.#shown;
      const at = Number(this.#slider.value);
      on.onSeek(at >= extent[1] ? null : at);
    });
    new ResizeObserver(() => this.#drawTicks()).observe(this.#ticks);
  }

  /** Shows what the slider goes over: its extent, the axis, and where there are samples. */
  show(shown) {
    const before = this.#shown;
    this.#shown = shown;
    const [min, max] = shown.extent;
    // A browser moves the value into the range at once, so the range comes first.
    Object.assign(this.#slider, { min, max: Math.max(max, min + 1e-9) });
    if (String(before?.extent) !== String(shown.extent) || before.stops !== shown.stops) this.#drawTicks();
  }

  /** Shows where the slider is, and what the buttons do there. */
  moveTo(at, isFollowing) {
    const { axis, runs, player, isLive, hasNext, hasPrevious } = this.#shown;
    const epoch = runs.length === 1 && axis === 'step' ? epochAt(at, runs[0].summary.stepsPerEpoch) : null;
    const position = asPosition(axis, at) + (epoch === null ? '' : ` · epoch ${epoch}`);
    this.#slider.value = at;
    this.#slider.setAttribute('aria-valuetext', position);
    const playLabel = player.isPlaying ? 'Pause' : 'Play the samples';
    const { onStep, onPlay, onSpeed, onFollow } = this.on;
    render(
      html`<div class="buttons">
          <button type="button" aria-label="Previous sample" title="Previous sample (←)" ?disabled=${!hasPrevious(at)}
            @click=${() => onStep(-1)}>${icon('M13 3v10L5 8zM3 3h2v10H3z')}</button>
          <button type="button" class="play" aria-label=${playLabel} title=${`${playLabel} (space)`} @click=${onPlay}
            >${icon(player.isPlaying ? 'M4 3h3v10H4zM9 3h3v10H9z' : 'M4 2v12l10-6z')}</button>
          <button type="button" aria-label="Next sample" title="Next sample (→)" ?disabled=${!hasNext(at)}
            @click=${() => onStep(1)}>${icon('M3 3v10l8-5zM11 3h2v10h-2z')}</button>
        </div>
        <output for="slider">${position}</output>
        <label class="speed"><span class="visually-hidden">Pictures in a second</span>
          <select @change=${({ target }) => onSpeed(Number(target.value))}>
            ${speeds.map((speed) => html`<option value=${speed} .selected=${speed === player.speed}>${speed}/s</option>`)}
          </select></label>
        <button type="button" class="follow" aria-pressed=${String(isFollowing)} @click=${onFollow}
          title="Stay at the end, also while it moves">${isLive ? 'Follow' : 'End'}</button>`,
      this.#controls,
    );
  }

  #drawTicks() {
    if (this.#shown === null) return;
    const { extent, stops } = this.#shown;
    const { clientWidth, clientHeight } = this.#ticks;
    Object.assign(this.#ticks, {
      width: clientWidth * devicePixelRatio,
      height: clientHeight * devicePixelRatio,
    });
    const context = this.#ticks.getContext('2d');
    context.scale(devicePixelRatio, devicePixelRatio);
    context.fillStyle = paletteNow().faint;
    const length = clientWidth - 2 * inset;
    const places = stops.map((stop) => Math.round(((stop - extent[0]) / (extent[1] - extent[0])) * length));
    for (const x of new Set(places)) context.fillRect(inset + x, 0, 1, clientHeight);
  }
}
