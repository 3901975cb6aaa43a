/** The longest piece of base64 that one sequence may carry. */
const mostInOne = 4096;

/**
 * The sequences by which kitty, and terminals that know its protocol, show a PNG in so many columns:
 * https://sw.kovidgoyal.net/kitty/graphics-protocol/
 */
export function kittyPicture(png: Buffer, columns: number): string {
  const pieces = png.toString('base64').match(new RegExp(`.{1,${mostInOne}}`, 'g')) ?? [];
  return pieces
    .map((piece, i) => {
      // To be shown where the cursor is (T), a PNG (100), and without an answer (2), which would come as if it were typed.
      const control = i === 0 ? `a=T,f=100,q=2,c=${columns},` : '';
      const more = i < pieces.length - 1 ? 1 : 0;
      return `\x1b_G${control}m=${more};${piece}\x1b\\`;
    })
    .join('');
}
