/** A number that each row of the curves has. */
const ofRows = (title, column, options = {}) => ({ title, column, shown: [], isNoisy: false, ...options });

/** A figure of the evaluations, with its floor: that of real images. */
const ofEvaluations = (title, figure, shown) => ({ title, figure, shown, isNoisy: false });

const generatorRate = ofRows("Generator's learning rate", 'learningRateGenerator', { shown: [0] });
const discriminatorRate = ofRows("Discriminator's learning rate", 'learningRateDiscriminator', {
  shown: [0],
});

/** What there may be to draw, each in a panel of its own; `shown` are numbers that its whole axis always shows. */
const quantities = [
  ofRows("Discriminator's loss", 'discriminatorLoss', { isNoisy: true }),
  ofRows("Generator's loss", 'generatorLoss', { isNoisy: true }),
  ofEvaluations('FID', 'fid', [0]),
  ofEvaluations('KID', 'kid', [0]),
  ofEvaluations('Recall', 'recall', [0, 1]),
  ofEvaluations('Precision', 'precision', [0, 1]),
  ofRows('Penalty', 'penalty', { isNoisy: true }),
  ofRows('Images per second', 'imagesPerSecond', { isNoisy: true, shown: [0] }),
  generatorRate,
  discriminatorRate,
];

/** What there is to draw of some runs. Where both networks learn at one rate, that is drawn once. */
export function quantitiesOf(datas) {
  const drawn = quantities.filter((quantity) => datas.some((data) => has(data, quantity)));
  if (!datas.every(hasOneRate)) return drawn;
  return drawn
    .filter((quantity) => quantity !== discriminatorRate)
    .map((quantity) => (quantity === generatorRate ? oneRate : quantity));
}

const oneRate = { ...generatorRate, title: 'Learning rate' };

/** The points of a quantity: xs, ys and, where it has such, the floors. */
export function pointsOf({ curves, details }, { column, figure }, axis) {
  if (column) return { xs: curves.get(axis), ys: curves.get(column), floors: null };
  const found = (details?.evaluations ?? []).filter(({ figures }) => figures[figure]);
  const numbers = (read) => Float64Array.from(found, (evaluation) => read(evaluation) ?? Number.NaN);
  return {
    xs: numbers((evaluation) => evaluation[axis]),
    ys: numbers(({ figures }) => figures[figure].value),
    floors: numbers(({ figures }) => figures[figure].floor),
  };
}

function has({ curves, details }, { column, figure }) {
  if (column) return curves.get(column).some((value) => !Number.isNaN(value));
  return details?.evaluations.some(({ figures }) => figures[figure]) ?? false;
}

function hasOneRate({ curves }) {
  const rates = curves.get(discriminatorRate.column);
  return curves.get(generatorRate.column).every((rate, i) => rate === rates[i] || Number.isNaN(rate));
}
