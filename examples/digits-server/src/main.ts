/** digits-server [CHECKPOINT] [--port N --host ADDRESS]: draws digits of the package, of a checkpoint, or of a run's newest one. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { Generator } from 'dcgan-native';
import { createDigitsServer } from './server.js';

async function serve(checkpoint: string | undefined, port: number, host: string): Promise<void> {
  const generator = await (checkpoint === undefined ? Generator.load() : Generator.load(checkpoint));
  // The first picture loads the encoder; better now than while somebody waits.
  await generator.png(1, { seed: 0 });

  const server = createDigitsServer(generator);
  server.listen(port, host);
  await once(server, 'listening');
  const { address, port: taken } = server.address() as AddressInfo;
  process.stdout.write(`Listening on http://${address}:${taken}/digits.png?seed=1&count=16\n`);

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      // Those who wait get their pictures; nobody else is let in.
      server.close(() => generator.dispose());
      server.closeIdleConnections();
    });
  }
}

try {
  const options = {
    port: { type: 'string', default: '8080' },
    host: { type: 'string', default: '127.0.0.1' },
  } as const;
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const [checkpoint] = positionals;
  if (positionals.length > 1 || !/^\d{1,5}$/.test(values.port)) {
    throw new Error('Usage: npm start -- [CHECKPOINT] [--port N --host ADDRESS]');
  }
  await serve(checkpoint, Number(values.port), values.host);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
