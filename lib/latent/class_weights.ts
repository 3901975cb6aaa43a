/** Classes of images, or weights of all classes for each, [n, classes]. */
export type SoftLabels = Int32Array | Float32Array;

/** Weights of all classes, [n, classes]: 1 for the class of an image, where each has one. */
export function weightsOf(labels: SoftLabels, classes: number): Float32Array {
  if (labels instanceof Float32Array) return labels;
  const weights = new Float32Array(labels.length * classes);
  for (const [i, label] of labels.entries()) weights[i * classes + label] = 1;
  return weights;
}
