/**
 * The sequence by which iTerm2, and terminals that know its protocol, show a PNG in so many columns:
 * https://iterm2.com/documentation-images.html
 */
export function iterm2Picture(png: Buffer, columns: number): string {
  const settings = `inline=1;size=${png.length};width=${columns};height=auto;preserveAspectRatio=1`;
  return `\x1b]1337;File=${settings}:${png.toString('base64')}\x07`;
}
