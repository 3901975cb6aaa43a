import {
  DcganError,
  GanTrainer,
  type GenerateOptions,
  Generator,
  type ImageBatch,
  type StepEvent,
  type TrainEvent,
} from 'dcgan-native';

const checkpoint: string = process.argv[2]!;
const steps: StepEvent[] = [];
const onEvent = (event: TrainEvent): void => {
  if (event.type === 'step') steps.push(event);
};

const trainer = new GanTrainer({ batchSize: 16, seed: 3, device: 'cpu' });
await trainer.fit(1, { steps: 2, logEvery: 1, onEvent });
await trainer.save(checkpoint);
trainer.dispose();

const generator: Generator = await Generator.load(checkpoint, { device: 'cpu' });
const options: GenerateOptions = { seed: 1 };
const { shape }: ImageBatch = await generator.generate(4, options);
const refusal: unknown = await generator.generate(0).catch((error: unknown) => error);
if (!(refusal instanceof DcganError) || refusal.code !== 'ERR_OPTION') throw new Error('0 images were drawn');
// @ts-expect-error: the types know the options.
generator.generate(1, { sed: 1 }).catch(() => undefined);
generator.dispose();
const losses = steps.flatMap((step) => [step.discriminatorLoss, step.generatorLoss]);
process.stdout.write(`${JSON.stringify({ losses, shape })}\n`);
