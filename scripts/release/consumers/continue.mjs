// Opens a checkpoint that another libtorch wrote: draws from it, and trains on for a step.
import { GanTrainer, Generator } from 'dcgan-native';

const checkpoint = process.argv[2];
const generator = await Generator.load(checkpoint, { device: 'cpu' });
const { data } = await generator.generate(2, { seed: 1 });
generator.dispose();

const trainer = await GanTrainer.load(checkpoint, { device: 'cpu' });
const { step } = await trainer.fit(1, { steps: 1 });
trainer.dispose();
process.stdout.write(`${JSON.stringify({ pixels: [...data], step })}\n`);
