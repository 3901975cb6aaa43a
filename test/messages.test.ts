import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Each line of `lib/` that is no comment, with where it stands. */
const lines = readdirSync('lib', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .flatMap((name) => {
    const text = readFileSync(join('lib', name), 'utf8').split('\n');
    return text
      .filter((line) => !/^\s*(\/?\*|\/\/)/.test(line))
      .map((line) => ({ name, said: `${name}: ${line.trim()}` }));
  });

describe('the messages', () => {
  test('put no full stop behind a path, which may be a dot itself', () => {
    const path = /\$\{[\w.]*(path|file|root|loader|directory|runOrFile)\}\.(?=[ `]|$)/i;
    expect(lines.filter(({ said }) => path.test(said)).map(({ said }) => said)).toEqual([]);
  });

  test('speak of flags only in the command line, and where libtorch is fetched and looked at for it', () => {
    const own = /^(cli|doctor|libtorch)\//;
    const flag = /--[a-z]/;
    const command = /\b(npm|npx) [^'`;]*/g;
    const wrong = lines.filter(({ name, said }) => !own.test(name) && flag.test(said.replace(command, '')));
    expect(wrong.map(({ said }) => said)).toEqual([]);
  });
});
