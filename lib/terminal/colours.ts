/** How many colours a terminal has: 24 bits of them, the 256 of xterm, or none that could draw a picture. */
export type Colours = 'true' | '256' | 'none';

type Environment = Readonly<Record<string, string | undefined>>;

const trueColourTerms = /^(xterm-kitty|xterm-ghostty|wezterm|foot|contour|alacritty)|-direct$/;
const trueColourPrograms: ReadonlySet<string> = new Set(['ghostty', 'iTerm.app', 'vscode', 'WezTerm']);
// The console of Linux has sixteen, and takes the nearest of these.
const manyColourTerms = /^(xterm|screen|tmux|rxvt|linux|mlterm)|256/;

/** The colours of the terminal that an environment tells of; none where somebody wants none (https://no-color.org). */
export function coloursOf(env: Environment): Colours {
  const { NO_COLOR, COLORTERM = '', TERM = '', TERM_PROGRAM = '' } = env;
  if (NO_COLOR || TERM === 'dumb') return 'none';
  if (/^(truecolor|24bit)$/.test(COLORTERM) || trueColourTerms.test(TERM)) return 'true';
  if (trueColourPrograms.has(TERM_PROGRAM) || env.WT_SESSION) return 'true';
  return manyColourTerms.test(TERM) ? '256' : 'none';
}

/** Red, green and blue, 0 to 255 each. */
export type Colour = readonly [red: number, green: number, blue: number];

const cubeLevels = [0, 95, 135, 175, 215, 255] as const;
const firstOfCube = 16;
const firstGrey = 232;
const greys = 24;

/** The number of the nearest colour among xterm's 256. The first 16 are left alone, since everybody has others. */
export function nearestOf256(colour: Colour): number {
  const [red, green, blue] = colour.map(nearestLevel) as [number, number, number];
  const inCube: Colour = [cubeLevels[red]!, cubeLevels[green]!, cubeLevels[blue]!];
  const mean = colour.reduce((sum, value) => sum + value, 0) / 3;
  const step = Math.min(greys - 1, Math.max(0, Math.round((mean - 8) / 10)));
  const grey = 8 + 10 * step;
  return distance(colour, [grey, grey, grey]) < distance(colour, inCube)
    ? firstGrey + step
    : firstOfCube + 36 * red + 6 * green + blue;
}

function nearestLevel(value: number): number {
  const distances = cubeLevels.map((level) => Math.abs(level - value));
  return distances.indexOf(Math.min(...distances));
}

function distance(one: Colour, other: Colour): number {
  return one.reduce((sum, value, i) => sum + (value - other[i]!) ** 2, 0);
}
