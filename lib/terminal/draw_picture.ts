import type { Picture } from '../image/grid.js';
import { encodePng } from '../image/png.js';
import { scalePicture } from '../image/scale.js';
import { braille } from './braille.js';
import { coloursOf } from './colours.js';
import { halfBlocks } from './half_blocks.js';
import type { ImageProtocol } from './image_protocol.js';
import { iterm2Picture } from './iterm2.js';
import { kittyPicture } from './kitty.js';

/** How much of a terminal a picture may take. */
export interface PictureRoom {
  readonly columns: number;
  /** A picture is not to be higher, unless there would be too little of it to see. */
  readonly rows: number;
}

/** Pixels of a character. */
interface Cell {
  readonly width: number;
  readonly height: number;
}

const halfBlock: Cell = { width: 1, height: 2 };
const brailleLetter: Cell = { width: 2, height: 4 };
// In which size a terminal draws its letters it does not tell. kitty and iTerm2 are told columns, and scale what they get.
const usualCell: Cell = { width: 8, height: 16 };
// Those that know sixels scale nothing: of few letters are the pixels fewer than these.
const smallCell: Cell = { width: 6, height: 12 };

/** A picture with fewer pixels across shows nothing of a grid of images. */
const leastWidth = 80;

/**
 * A picture as what a terminal is to be sent, without the end of its last line: never wider than the room, and enlarged by a whole
 * factor only. In characters it has the colours that the environment says the terminal has, or is of dots.
 */
export async function drawPicture(
  picture: Picture,
  protocol: ImageProtocol,
  room: PictureRoom,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  if (protocol === 'blocks') {
    const colours = coloursOf(env);
    if (colours === 'none') return braille(fitted(picture, brailleLetter, room));
    return halfBlocks(fitted(picture, halfBlock, room), colours);
  }
  if (protocol === 'sixel') {
    const { sixelPicture } = await import('./sixel.js');
    return sixelPicture(fitted(picture, smallCell, room));
  }
  const shown = fitted(picture, usualCell, room);
  const columns = Math.ceil(shown.width / usualCell.width);
  const encode = protocol === 'kitty' ? kittyPicture : iterm2Picture;
  return encode(await encodePng(shown), columns);
}

function fitted(picture: Picture, cell: Cell, { columns, rows }: PictureRoom): Picture {
  const { width, height } = picture;
  const asHighAsRoom = Math.floor((rows * cell.height * width) / height);
  const most = Math.min(columns * cell.width, Math.max(leastWidth, asHighAsRoom));
  if (width > most) return scalePicture(picture, most, Math.max(1, Math.round((height * most) / width)));
  const factor = Math.floor(most / width);
  return scalePicture(picture, factor * width, factor * height);
}
