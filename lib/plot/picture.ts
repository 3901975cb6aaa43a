import { unitFor } from './axes.js';
import { loadDrawing } from './drawing.js';
import { drawLegend } from './legend.js';
import { Lettering } from './lettering.js';
import { type Box, drawPanel, type Picture } from './panel.js';
import type { Over, PlottedRun } from './plotted_run.js';
import { quantitiesOf } from './quantities.js';
import { styleOf } from './style.js';
import { element } from './svg.js';

const width = 960;
const margin = 24;
const columns = 2;
/** A panel with all around it, and its curves alone. */
const panel = { width: (width - 2 * margin) / columns, height: 268 };
const inner = { left: 58, right: 14, top: 30, bottom: 48 };
const belowLegend = 20;

/** Draws runs into one picture, an SVG: a legend above, and a panel for each quantity. */
export async function drawRuns(runs: readonly PlottedRun[], over: Over): Promise<string> {
  const drawing = await loadDrawing();
  const end = Math.max(...runs.map((run) => run.end));
  const picture: Picture = {
    drawing,
    lettering: await Lettering.load(),
    runs,
    styles: runs.map((_, i) => styleOf(i, drawing)),
    unit: unitFor(over, end),
    end,
  };
  const legend = drawLegend(picture, margin, width - margin);
  const top = legend.bottom + belowLegend;
  const quantities = quantitiesOf(runs);
  const panels = quantities.map((quantity, i) => drawPanel(picture, quantity, boxOf(i, top)));
  const height = top + Math.ceil(quantities.length / columns) * panel.height + margin / 2;
  const title = `Training of ${runs.map(({ name }) => name).join(', ')}`;
  const size = { width, height, viewBox: `0 0 ${width} ${height}` };
  const root = { xmlns: 'http://www.w3.org/2000/svg', ...size, role: 'img', 'aria-label': title };
  const paper = element('rect', { width, height, fill: '#ffffff' });
  // When all is drawn, it is known which letters it needs.
  const letters = picture.lettering.definitions();
  return `${element('svg', root, [letters, paper, legend.svg, ...panels])}\n`;
}

function boxOf(index: number, above: number): Box {
  const left = margin + (index % columns) * panel.width;
  const top = above + Math.floor(index / columns) * panel.height;
  return {
    left: left + inner.left,
    top: top + inner.top,
    right: left + panel.width - inner.right,
    bottom: top + panel.height - inner.bottom,
  };
}
