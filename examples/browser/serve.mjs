/**
 * Serves this page on 127.0.0.1: `node examples/browser/serve.mjs [generator.onnx] [--directions directions.json] [--port 8080]`.
 * Without a file the digits are those of the generator in the package dcgan-native.
 */
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));

const types = {
  html: 'text/html; charset=utf-8',
  css: 'text/css',
  js: 'text/javascript',
  json: 'application/json',
  mjs: 'text/javascript',
  wasm: 'application/wasm',
  onnx: 'application/octet-stream',
};

/** Everything that there is to fetch: path → file, or null for what is optional and not there. */
function publicFiles(generator, directions) {
  const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
  const files = new Map([
    ['/', join(here, 'index.html')],
    ['/generator.onnx', generator],
    ['/directions.json', directions],
  ]);
  for (const name of ['main.js', 'digits.js', 'latent.js', 'sliders.js', 'way.js', 'style.css']) files.set(`/${name}`, join(here, name));
  for (const name of ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm']) {
    files.set(`/ort/${name}`, join(runtime, name));
  }
  return files;
}

/** The generator of the package, in a file that goes with this process. */
async function packagedGenerator() {
  const { Generator } = createRequire(import.meta.url)('dcgan-native');
  const directory = mkdtempSync(join(tmpdir(), 'digits-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const generator = await Generator.load();
  const file = join(directory, 'generator.onnx');
  await generator.exportOnnx(file);
  generator.dispose();
  return file;
}

function respond(file, response) {
  const content = createReadStream(file);
  content.once('open', () => {
    response.writeHead(200, { 'content-type': types[file.split('.').at(-1)], 'cache-control': 'no-cache' });
    pipeline(content, response, () => undefined);
  });
  content.once('error', () => {
    if (!response.headersSent) response.writeHead(404).end();
  });
}

function fail(error) {
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: { type: 'string', default: '8080' },
      directions: { type: 'string' },
    },
  });
  const [generator] = positionals;
  // Directions are those of one generator.
  const directions = values.directions ?? (generator ? null : join(here, 'directions.json'));
  const files = publicFiles(generator ?? (await packagedGenerator()), directions);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit());
  const server = createServer(({ url }, response) => {
    const file = files.get(url.split('?', 1)[0]);
    if (file) respond(file, response);
    else response.writeHead(file === null ? 204 : 404).end();
  });
  server.once('error', fail);
  server.listen(Number(values.port), '127.0.0.1', () => {
    process.stdout.write(`http://127.0.0.1:${server.address().port}/\n`);
  });
} catch (error) {
  fail(error);
}
