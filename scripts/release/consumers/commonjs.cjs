const { GanTrainer, Generator } = require('dcgan-native');

async function main(checkpoint) {
  const losses = [];
  const trainer = new GanTrainer({ batchSize: 16, seed: 3, device: 'cpu' });
  for await (const event of trainer.fit(1, { steps: 2, logEvery: 1 })) {
    if (event.type === 'step') losses.push(event.discriminatorLoss, event.generatorLoss);
  }
  await trainer.save(checkpoint);
  trainer.dispose();

  const generator = await Generator.load(checkpoint, { device: 'cpu' });
  const { shape } = await generator.generate(4, { seed: 1 });
  generator.dispose();
  process.stdout.write(`${JSON.stringify({ losses, shape })}\n`);
}

main(process.argv[2]);
