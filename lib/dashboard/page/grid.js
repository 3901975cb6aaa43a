/** Pixels between the images of a sample picture. */
const gap = 2;
/** Pixels of a sample picture in one of an image's. */
export const sampleScale = 2;

/** Where the images of a sample picture are in it. */
export class Grid {
  constructor({ naturalWidth, naturalHeight }, { count, columns }) {
    Object.assign(this, { count, columns, width: naturalWidth, height: naturalHeight });
    this.rows = Math.ceil(count / columns);
    this.cellWidth = (naturalWidth + gap) / columns - gap;
    this.cellHeight = (naturalHeight + gap) / this.rows - gap;
  }

  /** The left and upper edge of an image. */
  placeOf(index) {
    return {
      x: (index % this.columns) * (this.cellWidth + gap),
      y: Math.floor(index / this.columns) * (this.cellHeight + gap),
    };
  }

  /** The image at a place, given as parts of the width and height; null where there is none. */
  indexAt(across, down) {
    const column = Math.min(this.columns - 1, Math.floor(across * this.columns));
    const index = Math.min(this.rows - 1, Math.floor(down * this.rows)) * this.columns + column;
    return index < this.count ? index : null;
  }
}

/**
 * How large to show a picture of pixels: as many device pixels for each of its own as there is room for, the same for all.
 * @param scale how many of the picture's pixels one value has
 */
export function fittingWidth(width, height, room, scale) {
  const whole = scale * devicePixelRatio;
  const factor = Math.min(room.width / width, room.height / height);
  // Where not even the values have a device pixel each, no factor is better than another.
  return Math.round(width * (factor * whole >= 1 ? Math.floor(factor * whole) / whole : factor));
}
