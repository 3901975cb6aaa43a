/** What a search chooses from: for each option its values. What is left out is the article's. */
export const space = {
  batchSize: [32, 64, 128],
  features: [16, 32, 64],
  objective: ['bce', 'relativistic'],
  penalty: [0, 0.05, 0.2, 1],
  learningRateGenerator: [1e-3, 2e-3, 4e-3, 8e-3],
  /** The discriminator's rate, by the generator's. */
  rateRatio: [0.5, 1],
  beta1: [0, 0.5],
  beta2: [0.9, 0.99, 0.999],
  dropout: [0, 0.3],
  ema: [0, 20_000, 50_000],
  schedule: ['constant', 'cosine'],
};

/** The options of a trainer that a point of the space stands for. @param steps what a schedule is as long as */
export function optionsOf({ penalty, rateRatio, schedule, ...point }, steps) {
  const rates = { learningRateDiscriminator: point.learningRateGenerator * rateRatio };
  const cosine = { schedule, scheduleSteps: steps, learningRate: 1e-3, finalLearningRate: 1e-5 };
  return { ...point, ...rates, r1: penalty, r2: penalty, ...(schedule === 'cosine' && cosine) };
}

/** A point of the space, always the same one of a number. */
export function pointOf(number) {
  let state = (number + 1) * 0x9e3779b9;
  const next = () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    state = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    state ^= state >>> 15;
    return (state >>> 0) / 2 ** 32;
  };
  return Object.fromEntries(
    Object.entries(space).map(([name, values]) => [name, values[Math.floor(next() * values.length)]]),
  );
}
