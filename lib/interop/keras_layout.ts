/**
 * Our tensors are laid out as PyTorch's are, [out, in, height, width] and [out, in]; Keras's are [height, width, in, out]
 * and [in, out]. A transposed convolution's kernel has in and out the other way round in both. With height and width
 * taken as one axis, the first and the last axis change places either way; vectors are the same.
 */

/** The shape in Keras of a tensor whose shape is ours. */
export function kerasShape(shape: readonly number[]): number[] {
  const [outputs, inputs, height, width] = shape;
  return shape.length === 4 ? [height!, width!, inputs!, outputs!] : [...shape].reverse();
}

/** Values in Keras's layout, of this shape, in ours. */
export function fromKeras(values: Float32Array, shape: readonly number[]): Float32Array {
  return shape.length === 1 ? values : swapEnds(values, firstAxis(shape), shape.at(-1)!);
}

/** Values in our layout in Keras's, of this shape. */
export function toKeras(values: Float32Array, shape: readonly number[]): Float32Array {
  return shape.length === 1 ? values : swapEnds(values, shape.at(-1)!, firstAxis(shape));
}

const firstAxis = (shape: readonly number[]) => (shape.length === 4 ? shape[0]! * shape[1]! : shape[0]!);

/** [first, …, last] → [last, …, first]. */
function swapEnds(values: Float32Array, first: number, last: number): Float32Array {
  const middle = values.length / first / last;
  const swapped = new Float32Array(values.length);
  let at = 0;
  for (let i = 0; i < first; i++) {
    for (let j = 0; j < middle; j++) {
      for (let k = 0; k < last; k++) swapped[(k * middle + j) * first + i] = values[at++]!;
    }
  }
  return swapped;
}
