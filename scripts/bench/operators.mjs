const size = 5;
const latent = 100;
/**
 * Products of the transform domain, one way, for an image and a pair of channels, by what is multiplied and the stride: see
 * docs/architecture.md.
 */
const transformed = { float32: { 1: 12 ** 2, 2: 17 ** 2 }, bfloat16: { 1: 12 ** 2, 2: 20 ** 2 } };

const convolvesDirectly = () => process.env.DCGAN_CONVOLUTIONS === 'direct';

/** Taps of all outputs along one axis that meet an input, not padding. */
function tapsInside(large, small) {
  const stride = large / small;
  const before = stride === 1 ? 2 : 1;
  let taps = 0;
  for (let output = 0; output < small; output++) {
    for (let tap = 0; tap < size; tap++) {
      const input = output * stride + tap - before;
      if (input >= 0 && input < large) taps++;
    }
  }
  return taps;
}

/**
 * A 5×5 convolution between maps [large, large, …] and [small, small, …], or its transpose; `pairs` of channels.
 * `multiplied` is what the transform domain multiplies.
 */
function convolution(large, small, pairs, multiplied) {
  const direct = small * small * size * size * pairs;
  // Between an image and features there are too few channels for transforms.
  const own = large === 28 ? direct : transformed[multiplied][large / small] * pairs;
  const done = convolvesDirectly() ? direct : own;
  return { direct, inside: tapsInside(large, small) ** 2 * pairs, done };
}

const product = (count) => ({ direct: count, inside: count, done: count });
const times = (factor, { direct, inside, done }) => ({
  direct: factor * direct,
  inside: factor * inside,
  done: factor * done,
});

/** The type that a step in this precision multiplies in: in bfloat16 only on CPUs that have instructions for it. */
const multipliedIn = ({ precision, peak }) => (peak.bfloat16 === null ? 'float32' : precision);

/**
 * The step's matrix products: multiply-adds for each image of the batch, by the names of a profile. The
 * discriminator sees two images, a real and a fake one; a backward pass has two products where both gradients are wanted.
 */
function productsOf(profile) {
  const multiplied = multipliedIn(profile);
  const base = product(latent * 7 * 7 * 256);
  const logit = product(7 * 7 * 128);
  const first = convolution(7, 7, 256 * 128, multiplied);
  const second = convolution(14, 7, 128 * 64, multiplied);
  const drawing = convolution(28, 14, 64, multiplied);
  return {
    'generator dense': base,
    'generator conv1': first,
    'generator conv2': second,
    'generator conv3': drawing,
    'discriminator conv1': times(2, drawing),
    'discriminator conv2': times(2, second),
    'discriminator dense': times(2, logit),
    'discriminator dense backward': times(4, logit),
    'discriminator conv2 backward': times(4, second),
    'discriminator conv1 weight gradient': times(2, drawing),
    'discriminator conv1 input gradient': drawing,
    'generator conv3 backward': times(2, drawing),
    'generator conv2 backward': times(2, second),
    'generator conv1 backward': times(2, first),
    'generator dense backward': base,
  };
}

/** Our convolutions between an image and features multiply in float32 in either precision. */
const inFloat32 = (name) => /discriminator conv1|generator conv3/.test(name) && !convolvesDirectly();

/**
 * What each operator reached, the longest first. `ofDirect` and `done` are GFLOP/s, a multiply-add counted as two: as if
 * convolved directly, and of the multiplications really done (without the transforms); `ofPeak` is the share of the CPU's
 * peak that the latter is.
 * @param profile as profile.mjs prints it
 */
export function reached(profile) {
  const { batch, peak, milliseconds, operators } = profile;
  const products = productsOf(profile);
  const unknown = Object.keys(products).filter((name) => !(name in operators));
  if (unknown.length > 0)
    throw new Error(`The profile lacks ${unknown.join(', ')}: operators.mjs is out of date.`);
  return Object.entries(operators)
    .map(([name, own]) => {
      const share = own / milliseconds;
      if (!(name in products))
        return { name, milliseconds: own, share, ofDirect: null, done: null, ofPeak: null };
      const gflops = (multiplyAdds) => (2e-6 * batch * multiplyAdds) / own;
      const { direct, done } = products[name];
      const most = peak[inFloat32(name) ? 'float32' : multipliedIn(profile)];
      return {
        name,
        milliseconds: own,
        share,
        ofDirect: gflops(direct),
        done: gflops(done),
        ofPeak: most === null ? null : gflops(done) / most,
      };
    })
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

/** Multiply-adds of a step for each image of the batch: convolved directly, without the padding's zeros, and as done. */
export function multiplyAdds(profile) {
  const sum = (key) => Object.values(productsOf(profile)).reduce((total, count) => total + count[key], 0);
  return { direct: sum('direct'), inside: sum('inside'), done: sum('done') };
}
