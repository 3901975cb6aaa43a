const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

export const text = (x, y, content, more = '') =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="#111827" ${more}>${escaped(content)}</text>`;

/** A drawing of its parts on white. */
export function svg(width, height, parts) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}
