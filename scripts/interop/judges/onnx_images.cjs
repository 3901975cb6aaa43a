/** ONNX Runtime for Node.js runs our files: `onnx_images.cjs EXPORTED INPUTS OUTPUTS`, with NODE_PATH to find it. */
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const ort = require('onnxruntime-node');

const [exported, inputs, outputs] = process.argv.slice(2);

/** An input of a network, which lies in a file of its name. */
function given({ name, shape }) {
  const { buffer } = new Uint8Array(readFileSync(join(inputs, `${name}.f32`)));
  const data = new Float32Array(buffer);
  const item = shape.slice(1);
  const count = data.length / item.reduce((product, size) => product * size, 1);
  return [name, new ort.Tensor('float32', data, [count, ...item])];
}

async function run(network) {
  const session = await ort.InferenceSession.create(join(exported, `${network}.onnx`));
  const results = await session.run(Object.fromEntries(session.inputMetadata.map(given)));
  return results[session.outputNames[0]].data;
}

async function main() {
  writeFileSync(join(outputs, 'images.f32'), await run('generator'));
  writeFileSync(join(outputs, 'logits.f32'), await run('discriminator'));
  process.stdout.write(`onnxruntime-node ${ort.env.versions.node}\n`);
}

main();
