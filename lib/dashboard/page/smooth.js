/**
 * The exponential moving average of some numbers, without the pull to zero of its beginning, as in Adam (Kingma and Ba, 2015).
 * What is missing stays so.
 */
export function smoothed(values, weight) {
  const result = new Float64Array(values.length);
  let [sum, power] = [0, 1];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (Number.isNaN(value)) {
      result[i] = value;
      continue;
    }
    sum = weight * sum + (1 - weight) * value;
    power *= weight;
    result[i] = sum / (1 - power);
  }
  return result;
}
