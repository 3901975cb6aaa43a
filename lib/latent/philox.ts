/** Words of 32 bits, two factors, two key steps and ten rounds: those of `native/core/kernels/philox.h`. */
const [multiplier0, multiplier1] = [0xd2511f53, 0xcd9e8d57];
const [weyl0, weyl1] = [0x9e3779b9, 0xbb67ae85];
const rounds = 10;
/** What latent vectors of a seed are drawn for, in the uppermost word of the counter. */
const samplePurpose = 5 << 24;

/**
 * `count` standard normal numbers, from number `first` on, that a seed decides for what is drawn: those of native code, but for
 * the last bit, which the machine's own logarithm and sine may round otherwise.
 */
export function drawNormal(seed: number, first: number, count: number): Float32Array {
  const numbers = new Float32Array(count);
  for (let at = Math.floor(first / 4); at * 4 < first + count; at++) {
    const words = philox(seed, at);
    for (let i = 0; i < 4; i++) {
      const to = at * 4 + i - first;
      if (to < 0 || to >= count) continue;
      // Box and Muller, two of two words.
      const pair = i & 2;
      const radius = Math.sqrt(-2 * Math.log((words[pair]! + 0.5) / 2 ** 32));
      const angle = (2 * Math.PI * (words[pair + 1]! + 0.5)) / 2 ** 32;
      numbers[to] = radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
    }
  }
  return numbers;
}

/** Philox 4×32-10 (Salmon et al. 2011) of a seed and a counter. */
function philox(seed: number, index: number): readonly number[] {
  let [c0, c1, c2, c3] = [index >>> 0, Math.floor(index / 2 ** 32), 0, samplePurpose];
  let [k0, k1] = [seed >>> 0, Math.floor(seed / 2 ** 32)];
  for (let round = 0; round < rounds; round++) {
    const [high0, low0] = product(multiplier0, c0);
    const [high1, low1] = product(multiplier1, c2);
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + weyl0) >>> 0;
    k1 = (k1 + weyl1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** The upper and the lower word of a product. */
function product(a: number, b: number): readonly [number, number] {
  const [ah, al, bh, bl] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const middle = ah * bl + ((al * bl) >>> 16);
  const rest = al * bh + (middle & 0xffff);
  const high = ah * bh + Math.floor(middle / 65536) + Math.floor(rest / 65536);
  return [high >>> 0, Math.imul(a, b) >>> 0];
}
