import { fitPicture } from '../../lib/image/fit_picture.js';

const wide = { pixels: Uint8Array.of(9, 1, 2, 9, 9, 3, 6, 9), width: 4, height: 2, channels: 1 } as const;

test('what is longer is cut alike on both sides', () => {
  expect(fitPicture(wide, 2, 1)).toEqual({
    pixels: Uint8Array.of(1, 2, 3, 6),
    width: 2,
    height: 2,
    channels: 1,
  });
  const high = { ...wide, width: 2, height: 4 };
  expect(fitPicture(high, 2, 1).pixels).toEqual(Uint8Array.of(2, 9, 9, 3));
});

test('another size is that of the mean, and a picture of the right size is as it was', () => {
  expect(fitPicture(wide, 1, 1).pixels).toEqual(Uint8Array.of(3));
  const small = { pixels: Uint8Array.of(1, 2, 3, 4), width: 2, height: 2, channels: 1 } as const;
  expect(fitPicture(small, 2, 1)).toEqual(small);
});

test('grey becomes three alike, and a colour as grey as it is bright', () => {
  const grey = { pixels: Uint8Array.of(7), width: 1, height: 1, channels: 1 } as const;
  expect(fitPicture(grey, 1, 3).pixels).toEqual(Uint8Array.of(7, 7, 7));
  const green = { pixels: Uint8Array.of(0, 255, 0), width: 1, height: 1, channels: 3 } as const;
  expect(fitPicture(green, 1, 1).pixels).toEqual(Uint8Array.of(150));
  expect(fitPicture(green, 1, 3)).toEqual(green);
});
