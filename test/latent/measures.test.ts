import { type MeasureName, measuresOf } from '../../lib/latent/measures.js';

const size = 28;

/** An image with ink where `isInk` says so. */
function image(isInk: (x: number, y: number) => boolean): Float32Array {
  return Float32Array.from({ length: size * size }, (_, i) =>
    isInk(i % size, Math.floor(i / size)) ? 1 : -1,
  );
}

const measured = (ink: Float32Array): Record<MeasureName, number> => {
  const all = measuresOf(ink, 1, { imageSize: size, channels: 1 });
  return Object.fromEntries(Object.entries(all).map(([name, [value]]) => [name, value])) as never;
};

const bar = (width: number, height: number) =>
  image((x, y) => Math.abs(x - 13.5) < width / 2 && Math.abs(y - 13.5) < height / 2);

test('a rectangle has its own width and height, and no slant', () => {
  const { width, height, slant } = measured(bar(4, 20));
  expect(width).toBeCloseTo(4, 0);
  expect(height).toBeCloseTo(20, 0);
  expect(slant).toBeCloseTo(0, 6);
});

test('a thicker bar is thicker, about as much as it is', () => {
  expect(measured(bar(2, 24)).thickness).toBeCloseTo(2, 0);
  expect(measured(bar(4, 24)).thickness).toBeGreaterThan(1.5 * measured(bar(2, 24)).thickness);
});

test('a stroke that goes a pixel to the right on two upwards has a slant of a half', () => {
  const stroke = image((x, y) => Math.abs(x - 13.5 + (y - 13.5) / 2) < 1.5 && Math.abs(y - 13.5) < 10);
  expect(measured(stroke).slant).toBeCloseTo(0.5, 1);
  expect(measured(stroke).width).toBeCloseTo(3, 0);
});

test('brightness is the mean', () => {
  expect(measured(image((_, y) => y < size / 2)).brightness).toBeCloseTo(0, 6);
});

test('an empty image has no shape, and numbers all the same', () => {
  expect(measured(image(() => false))).toEqual({
    thickness: 0,
    slant: 0,
    width: 0,
    height: 0,
    brightness: -1,
  });
});

test('colours are measured by their mean', () => {
  const grey = bar(4, 20);
  const colours = Float32Array.from({ length: 3 * grey.length }, (_, i) => grey[Math.floor(i / 3)]!);
  const all = measuresOf(colours, 1, { imageSize: size, channels: 3 });
  expect(all.height[0]).toBeCloseTo(measured(grey).height, 6);
});
