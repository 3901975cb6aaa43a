/** How many bytes the gradients of both networks have: as many as their first moments. */
export function gradientBytes(tensors) {
  const moments = Object.keys(tensors).filter((name) => name.startsWith('adam.m.'));
  return moments.reduce((sum, name) => sum + tensors[name].data.byteLength, 0);
}
