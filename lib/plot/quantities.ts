import type { MetricsRow } from '../run/metrics.js';
import type { PlottedRun, Reading } from './plotted_run.js';

/** A line of a panel, for each run. */
interface Line {
  /** Where a panel has two of them. */
  readonly name: string;
  readonly reading: Reading;
}

/** What one panel shows. */
export interface Quantity {
  readonly title: string;
  /** The type of the rows that tell it. */
  readonly type: 'step' | 'evaluation';
  /** The first is drawn whole, the second dashed. */
  readonly lines: readonly [Line] | readonly [Line, Line];
  /** Numbers that the axis always shows. */
  readonly shown: readonly number[];
}

/** The finite number at a path of names in a row, such as `figures.fid.value`. */
const at =
  (path: string): Reading =>
  (row: MetricsRow) => {
    const found = path.split('.').reduce<unknown>((value, name) => Object(value)[name], row);
    return typeof found === 'number' && Number.isFinite(found) ? found : null;
  };

/** In the last of the steps that a row tells of. */
const rateOf =
  (network: 'Generator' | 'Discriminator'): Reading =>
  ({ step }, settings) =>
    settings.learningRate(network, step - 1);

const figure = (name: string, path: string): Line => ({ name, reading: at(`figures.${path}`) });

const quantities: readonly Quantity[] = [
  {
    title: "Discriminator's loss",
    type: 'step',
    lines: [{ name: '', reading: at('discriminatorLoss') }],
    shown: [],
  },
  { title: "Generator's loss", type: 'step', lines: [{ name: '', reading: at('generatorLoss') }], shown: [] },
  {
    title: 'Learning rate',
    type: 'step',
    lines: [
      { name: 'generator', reading: rateOf('Generator') },
      { name: 'discriminator', reading: rateOf('Discriminator') },
    ],
    shown: [0],
  },
  {
    title: 'Images per second',
    type: 'step',
    lines: [{ name: '', reading: at('imagesPerSecond') }],
    shown: [0],
  },
  {
    title: 'FID',
    type: 'evaluation',
    lines: [figure('drawn images', 'fid.value'), figure('floor: real images', 'fid.floor')],
    shown: [0],
  },
  {
    title: 'Recall and precision',
    type: 'evaluation',
    lines: [figure('recall', 'recall.value'), figure('precision', 'precision.value')],
    shown: [0, 1],
  },
];

/** What there is to draw of some runs. */
export function quantitiesOf(runs: readonly PlottedRun[]): Quantity[] {
  return quantities.filter(({ type, lines: [first] }) =>
    runs.some((run) => run.points(type, first.reading).length > 0),
  );
}
