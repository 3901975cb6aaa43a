import { imageProtocolOf } from '../../lib/terminal/image_protocol.js';

test.each([
  ['kitty', { TERM: 'xterm-kitty' }, 'kitty'],
  ['kitty, over ssh', { TERM: 'xterm-kitty', SSH_TTY: '/dev/pts/1' }, 'kitty'],
  ['kitty that calls itself xterm', { TERM: 'xterm-256color', KITTY_WINDOW_ID: '1' }, 'kitty'],
  ['Ghostty', { TERM: 'xterm-ghostty', TERM_PROGRAM: 'ghostty' }, 'kitty'],
  ['Ghostty that calls itself xterm', { TERM: 'xterm-256color', TERM_PROGRAM: 'ghostty' }, 'kitty'],
  ['iTerm2', { TERM: 'xterm-256color', TERM_PROGRAM: 'iTerm.app' }, 'iterm2'],
  ['iTerm2, over ssh', { TERM: 'xterm-256color', LC_TERMINAL: 'iTerm2' }, 'iterm2'],
  ['WezTerm', { TERM: 'xterm-256color', TERM_PROGRAM: 'WezTerm' }, 'iterm2'],
  ['foot', { TERM: 'foot' }, 'sixel'],
  ['foot within kitty', { TERM: 'foot-extra', KITTY_WINDOW_ID: '1' }, 'sixel'],
  ['mlterm', { TERM: 'mlterm-256color' }, 'sixel'],
  ['contour', { TERM: 'contour' }, 'sixel'],
  ['xterm', { TERM: 'xterm-256color' }, 'blocks'],
  ['a terminal of which nothing is known', {}, 'blocks'],
  ['VS Code', { TERM: 'xterm-256color', TERM_PROGRAM: 'vscode' }, 'blocks'],
  [
    'VS Code started in kitty',
    { TERM: 'xterm-256color', TERM_PROGRAM: 'vscode', KITTY_WINDOW_ID: '1' },
    'blocks',
  ],
  ["Apple's Terminal", { TERM: 'xterm-256color', TERM_PROGRAM: 'Apple_Terminal' }, 'blocks'],
  ['tmux in kitty', { TERM: 'tmux-256color', TMUX: '/tmp/tmux', KITTY_WINDOW_ID: '1' }, 'blocks'],
  ['tmux in kitty, whose name it kept', { TERM: 'xterm-kitty', TMUX: '/tmp/tmux' }, 'blocks'],
  ['screen in iTerm2', { TERM: 'screen', STY: '1.pts', TERM_PROGRAM: 'iTerm.app' }, 'blocks'],
  ['screen, over ssh', { TERM: 'screen-256color', LC_TERMINAL: 'iTerm2' }, 'blocks'],
])('in %s (%j) pictures are shown by %s', (_, env, protocol) => {
  expect(imageProtocolOf(env)).toBe(protocol);
});
