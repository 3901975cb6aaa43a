import { Actions } from './actions.js';
import { Cards, loadPicturesAt } from './cards.js';
import { renderCheckpoints } from './checkpoints.js';
import { Curves, renderCurveControls } from './curves.js';
import { Draw } from './draw.js';
import { asCount, asFigure } from './format.js';
import { renderHappenings } from './happenings.js';
import { listenToKeys } from './keys.js';
import { getOverview, listen } from './live.js';
import { renderOptions } from './options_table.js';
import { converted, countUpTo, extentOf } from './places.js';
import { Player } from './player.js';
import { RunData } from './run_data.js';
import { renderRunsList } from './runs_list.js';
import { Tabs } from './tabs.js';
import { Timeline } from './timeline.js';
import { firstChoice, hashOf, only, toggled, viewFrom } from './view.js';

const element = (id) => document.getElementById(id);

/** Browsers refuse to change the address more often than a few times a second. */
const hashAfter = 400;
/** Samples on either side of the shown one that are loaded before they are asked for. */
const neighbours = 3;
/** While the slider moves on, only what it passes is loaded. */
const neighboursAfter = 60;
const phone = matchMedia('(max-width: 52rem)');

const state = {
  view: viewFrom(location.hash),
  runs: [],
  isLoaded: false,
  may: { canAct: false, canDraw: false },
};
const datas = new Map();
/** What the newest refresh found, for moves of the slider alone. */
let shown = { runs: [], extent: [0, 0], stops: [] };
let isRefreshing = false;
let isMoving = false;
let isHashDue = false;
let neighboursTimer;

const actions = new Actions(refresh);
const cards = new Cards(element('cards'), actions, (cell) => change({ cell }));
const curves = new Curves(element('panels'), { onSeek: seek, onZoom: (zoom) => change({ zoom }) });
const draw = new Draw(element('draw'));
const tabs = new Tabs(element('tabs'), (tab) => change({ tab }));
/** Loaded when it is first looked at. */
let latents = null;
const player = new Player({
  next: () => stopBeside(1),
  start: () => shown.stops[0] ?? shown.extent[0],
  seek,
  ready: (at) => loadPicturesAt(shown.runs, state.view.axis, at),
  onChange: refresh,
});
const timeline = new Timeline({
  onSeek(at) {
    player.pause();
    seek(at);
  },
  onStep: step,
  onPlay: () => player.toggle(),
  onSpeed(speed) {
    player.speed = speed;
  },
  onFollow: () => seek(state.view.at === null ? position() : null),
});

/** Where the slider is. */
function position() {
  const [first, last] = shown.extent;
  return state.view.at === null ? last : Math.min(last, Math.max(first, state.view.at));
}

function seek(at) {
  const isWhole = state.view.axis !== 'seconds';
  state.view.at = at !== null && isWhole ? Math.round(at) : at;
  keepHash();
  if (isMoving) return;
  isMoving = true;
  requestAnimationFrame(() => {
    isMoving = false;
    showPosition();
  });
}

/** The sample before or after the position; undefined where there is none. */
function stopBeside(direction, at = position()) {
  const after = countUpTo(shown.stops, at);
  if (direction > 0) return shown.stops[after];
  return shown.stops[shown.stops[after - 1] === at ? after - 2 : after - 1];
}

function step(direction) {
  player.pause();
  const at = stopBeside(direction);
  if (at !== undefined) seek(at);
}

function change(changes) {
  const { view } = state;
  if (changes.axis && view.at !== null && shown.runs.length > 0) {
    changes.at = converted(shown.runs[0].data, position(), view.axis, changes.axis);
  }
  if (changes.axis) changes.zoom = null;
  Object.assign(view, changes);
  keepHash();
  refresh();
}

function choose(slots) {
  if (slots.every((id) => id === null)) return refresh();
  const { view } = state;
  const isOther = !slots.some((id) => id !== null && view.slots.includes(id));
  change(isOther ? { slots, zoom: null, at: null } : { slots });
}

function keepHash() {
  if (isHashDue) return;
  isHashDue = true;
  setTimeout(() => {
    isHashDue = false;
    history.replaceState(null, '', hashOf(state.view));
  }, hashAfter);
}

/** Takes what the server tells of runs, and chooses one where none is chosen. */
function takeRuns({ changed, removed, all, curves = [] }) {
  const byId = new Map(all ? [] : state.runs.map((summary) => [summary.id, summary]));
  for (const summary of changed) byId.set(summary.id, summary);
  for (const id of removed) byId.delete(id);
  state.runs = [...byId.values()].sort((a, b) => (b.started ?? '').localeCompare(a.started ?? ''));
  for (const id of datas.keys()) {
    if (!byId.has(id)) datas.delete(id);
  }
  if (all && state.isLoaded) {
    for (const data of datas.values()) data.forget();
  }
  for (const { id, ...rows } of curves) datas.get(id)?.take(rows);
  const { view } = state;
  state.isLoaded = true;
  view.slots = view.slots.map((id) => (byId.has(id) ? id : null));
  if (state.runs.length > 0 && view.slots.every((id) => id === null)) {
    view.slots = only(view.slots, firstChoice(state.runs).id);
    keepHash();
  }
  refresh();
}

/** The shown runs by their slots, each with its data, which follows it. */
function shownRuns() {
  const { slots } = state.view;
  for (const [id, data] of datas) {
    if (!slots.includes(id)) data.follow(null);
  }
  return slots.flatMap((id, slot) => {
    const summary = state.runs.find((run) => run.id === id);
    if (summary === undefined) return [];
    if (!datas.has(id)) datas.set(id, new RunData(id, refresh));
    const data = datas.get(id);
    data.follow(summary);
    return [{ slot, summary, data }];
  });
}

/** Shows everything anew, once for all that changes until the next frame. */
function refresh() {
  if (isRefreshing) return;
  isRefreshing = true;
  requestAnimationFrame(() => {
    isRefreshing = false;
    showAll();
  });
}

function showAll() {
  const { view, runs, isLoaded, may } = state;
  const { axis } = view;
  const chosen = shownRuns();
  const extents = chosen.map((run) => extentOf(run, axis));
  const extent = [Math.min(...extents.map(([first]) => first)), Math.max(...extents.map(([, last]) => last))];
  const stops = stopsOf(chosen, axis);
  shown = { runs: chosen, extent: chosen.length > 0 ? extent : [0, 0], stops };
  renderRunsList(
    element('runs'),
    { runs, slots: view.slots, isLoaded },
    {
      onOnly(id) {
        choose(only(view.slots, id));
        if (phone.matches) element('runs-box').open = false;
      },
      onToggle: (id) => choose(toggled(view.slots, id)),
    },
  );
  element('runs-chosen').textContent = chosen.map(({ summary }) => summary.name).join(', ');
  element('shown').hidden = chosen.length === 0;
  element('player').hidden = chosen.length === 0 || !isTraining();
  element('tabs').hidden = !may.canDraw;
  tabs.show(isTraining() ? 'training' : 'latents');
  element('shown').classList.toggle('several', chosen.length > 1);
  element('nothing').hidden = !isLoaded || runs.length > 0;
  const hasCurves = chosen.some(({ data }) => data.curves.rows > 0);
  element('curves-hint').hidden = !hasCurves;
  renderCurveControls(element('curve-controls'), { runs: chosen, view, hasCurves }, change);
  const [first, last] = shown.extent;
  curves.show({ runs: chosen, view, range: view.zoom ?? [first, last > first ? last : first + 1] });
  renderHappenings(element('events'), chosen, axis, seek);
  const drawFrom = may.canDraw ? (id, file) => draw.from(id, file) : null;
  renderCheckpoints(element('checkpoints'), chosen, drawFrom);
  renderOptions(element('options'), chosen, refresh);
  element('draw-section').hidden = !may.canDraw;
  if (may.canDraw) draw.show(chosen);
  if (isTraining()) latents?.hide();
  else showLatents();
  timeline.show({
    axis,
    extent: shown.extent,
    stops,
    runs: chosen,
    player,
    isLive: chosen.some(({ summary }) => summary.state === 'running'),
    hasNext: (at) => stopBeside(1, at) !== undefined,
    hasPrevious: (at) => stopBeside(-1, at) !== undefined,
  });
  document.title = titleOf(chosen);
  showPosition();
}

/** Without a libtorch, which draws, there is nothing but the training. */
function isTraining() {
  return !state.may.canDraw || state.view.tab === 'training';
}

async function showLatents() {
  const { Latents } = await import('./latents.js');
  latents ??= new Latents(element('latents'));
  latents.show(shown.runs);
}

/** What moves with the slider, and nothing else. */
function showPosition() {
  const { runs, stops } = shown;
  if (runs.length === 0) return;
  const { axis, cell } = state.view;
  const at = position();
  curves.moveCursor(at);
  cards.show({ runs, axis, at, cell, canAct: state.may.canAct });
  timeline.moveTo(at, state.view.at === null);
  clearTimeout(neighboursTimer);
  neighboursTimer = setTimeout(() => {
    const here = countUpTo(stops, at);
    const near = stops.slice(Math.max(0, here - 1 - neighbours), here + neighbours);
    for (const stop of near) loadPicturesAt(runs, axis, stop);
  }, neighboursAfter);
}

/** Where the shown runs have samples, each place once. */
function stopsOf(runs, axis) {
  const places = runs.flatMap(({ data }) => data.details?.samples.map((sample) => sample[axis]) ?? []);
  return [...new Set(places)].sort((a, b) => a - b);
}

function titleOf(runs) {
  const told = runs.map(({ summary: { name, step: at, lastStep, newestFid } }) => {
    const progress = lastStep ? `${Math.floor((100 * at) / lastStep)} %` : `step ${asCount(at)}`;
    return `${progress} ${name}${newestFid === null ? '' : ` · FID ${asFigure(newestFid.value)}`}`;
  });
  return [...told.slice(0, 2), 'dcgan-native'].join(' – ');
}

function showConnection(connection) {
  const words = { live: 'live', reconnecting: 'reconnecting…' };
  if (element('connection').className === connection) return;
  element('connection').className = connection;
  element('connection').textContent = words[connection];
}

/** The list of runs folds on a phone alone. */
function foldRuns() {
  element('runs-box').open = !phone.matches;
  element('runs-box').querySelector('summary').tabIndex = phone.matches ? 0 : -1;
}

function toggleRun(i) {
  const summary = state.runs[i];
  if (summary !== undefined) choose(toggled(state.view.slots, summary.id));
}

const help = element('help');
element('help-button').addEventListener('click', () => help.showModal());
listenToKeys(
  {
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    Home: () => seek(shown.extent[0]),
    End: () => seek(null),
    ' ': () => player.toggle(),
  },
  isTraining,
);
listenToKeys({
  1: () => toggleRun(0),
  2: () => toggleRun(1),
  3: () => toggleRun(2),
  4: () => toggleRun(3),
  '?': () => help.showModal(),
});
phone.addEventListener('change', foldRuns);
foldRuns();
addEventListener('hashchange', () => {
  state.view = viewFrom(location.hash);
  takeRuns({ changed: [], removed: [] });
});

getOverview().then(({ runs, canAct, canDraw }) => {
  state.may = { canAct, canDraw };
  // Whoever listens may be another tab, which has told it all before this one was there.
  if (!state.isLoaded) takeRuns({ changed: runs, removed: [], all: true });
  refresh();
});
refresh();
listen({ onRuns: takeRuns, onConnection: showConnection });
