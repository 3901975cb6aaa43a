/** How a terminal can be shown a picture: in characters, or as a picture in one of three ways. */
export const imageProtocols = ['blocks', 'kitty', 'iterm2', 'sixel'] as const;

export type ImageProtocol = (typeof imageProtocols)[number];

/** Programs within a terminal that hand on no picture. */
const isWithin = (env: Readonly<Record<string, string | undefined>>): boolean =>
  Boolean(env.TMUX || env.STY || env.ZELLIJ) || /^(screen|tmux)/.test(env.TERM ?? '');

const byTerm: readonly (readonly [RegExp, ImageProtocol])[] = [
  [/^xterm-(kitty|ghostty)$/, 'kitty'],
  [/^wezterm$/, 'iterm2'],
  [/^(foot|mlterm|contour)\b/, 'sixel'],
];

// Not VS Code, whose terminal shows pictures only after a setting was changed.
const byProgram: Readonly<Record<string, ImageProtocol>> = {
  ghostty: 'kitty',
  WezTerm: 'iterm2',
  'iTerm.app': 'iterm2',
};

/**
 * What the terminal that an environment tells of is known to understand; characters where that is not sure. The terminal itself is
 * not asked: its answer would come as if it were typed, into whatever reads the keyboard.
 */
export function imageProtocolOf(env: Readonly<Record<string, string | undefined>>): ImageProtocol {
  const { TERM = '', TERM_PROGRAM } = env;
  if (isWithin(env)) return 'blocks';
  // Each terminal sets TERM; the others may be left from one in which it was started.
  const known = byTerm.find(([pattern]) => pattern.test(TERM));
  if (known) return known[1];
  if (TERM_PROGRAM) return byProgram[TERM_PROGRAM] ?? 'blocks';
  if (env.KITTY_WINDOW_ID) return 'kitty';
  // What iTerm2 has ssh hand on.
  return env.LC_TERMINAL === 'iTerm2' ? 'iterm2' : 'blocks';
}
