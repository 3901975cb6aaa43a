import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type RunOptions, runPython } from './run_python.js';

// What C++ needs of torch's wheel (Python's own files are two thirds of its entries) and of NVIDIA's. Libraries are on the
// disk before anything says that they are there.
const script = `
import os, sys, zipfile
*wheels, target = sys.argv[1:]
for path in wheels:
    with zipfile.ZipFile(path) as wheel:
        for name in wheel.namelist():
            is_torch = name.startswith(('torch/lib/', 'torch/include/', 'torch/share/'))
            if is_torch or (name.startswith('nvidia/') and '/lib/' in name):
                path = wheel.extract(name, target)
                if '/lib/' in name and os.path.isfile(path):
                    with open(path, 'rb+') as file:
                        os.fsync(file.fileno())`;

// The names of NVIDIA's packages have changed between versions of torch: they are as its wheel tells them.
const requirementsScript = `
import sys, zipfile
from email.parser import Parser
with zipfile.ZipFile(sys.argv[1]) as wheel:
    name = next(name for name in wheel.namelist() if name.endswith('.dist-info/METADATA'))
    for requirement in Parser().parsestr(wheel.read(name).decode()).get_all('Requires-Dist') or []:
        if requirement.startswith(('nvidia-', 'cuda-toolkit')):
            print(requirement)`;

/** The paths of the wheels in a directory, torch's first. */
export function wheelsIn(directory: string): string[] {
  const wheels = readdirSync(directory).filter((name) => name.endsWith('.whl'));
  const isTorch = (name: string) => Number(name.startsWith('torch-'));
  return wheels.sort((a, b) => isTorch(b) - isTorch(a)).map((name) => join(directory, name));
}

/**
 * Unpacks what C++ needs of wheels into `target`: `torch/lib`, `torch/include`, `torch/share`, `nvidia/…/lib`.
 * @returns the last words of what went wrong, or null
 * @throws the signal's reason
 */
export async function unpackWheels(
  wheels: readonly string[],
  target: string,
  temporary: string,
  options: RunOptions,
): Promise<string | null> {
  const { status, errors } = await runPython(script, [...wheels, target], temporary, options);
  return status === 0 ? null : lastWords(errors);
}

/** What a build for CUDA needs of NVIDIA's packages, as pip takes it. @throws the signal's reason */
export async function cudaRequirements(
  wheel: string,
  temporary: string,
  options: RunOptions,
): Promise<string[]> {
  const found: string[] = [];
  const onLine = (line: string) => found.push(line);
  await runPython(requirementsScript, [wheel], temporary, { ...options, onLine });
  return found;
}

/** The sentence in what a Python program wrote to stderr: pip's `ERROR:` lines, else the last line. */
export function lastWords(errors: readonly string[]): string {
  const own = errors.filter((line) => line.startsWith('ERROR: ')).map((line) => line.slice('ERROR: '.length));
  const words = own.length > 0 ? own.slice(-3).join(' ') : (errors.at(-1) ?? 'it gave no reason');
  return words.replace(/[.\s]+$/, '');
}
