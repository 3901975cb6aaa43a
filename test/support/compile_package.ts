import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import ts = require('typescript');

/** A copy of this package in `directory`, its library compiled: what child processes run. Built parts and `lib/` are linked. */
export function compilePackage(directory: string): string {
  const root = resolve('.');
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const { outputText } = ts.transpileModule(readFileSync(join(root, 'lib', name), 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.Node16 },
    });
    const to = join(directory, 'dist', name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, outputText);
  }
  cpSync(join(root, 'package.json'), join(directory, 'package.json'));
  for (const name of ['lib', 'node_modules', 'build', 'prebuilds'])
    symlinkSync(join(root, name), join(directory, name));
  return directory;
}
