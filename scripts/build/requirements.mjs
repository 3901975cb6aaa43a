import { spawnSync } from 'node:child_process';
import { readFileSync, statfsSync } from 'node:fs';

/** Bytes that the object files, the binaries and the compiled TypeScript take. */
const buildSpace = 3e8;

/** What is missing to build, one sentence each; empty when nothing is. */
export function buildProblems(root) {
  return [nodeProblem(root), compilerProblem(), cmakeProblem(), makeProblem(), spaceProblem(root)].filter(
    (problem) => problem !== null,
  );
}

function nodeProblem(root) {
  const { engines } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  const wanted = engines.node.replace('>=', '');
  if (atLeast(process.versions.node, wanted)) return null;
  return `Node.js ${process.versions.node} is too old: install ${wanted} or newer.`;
}

function compilerProblem() {
  const hint =
    'Install g++ 11 or clang 14 or newer (Debian, Ubuntu: apt install g++), or name one in the variable CXX.';
  // The order in which CMake looks.
  const names = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++'];
  const compiler = names.find((name) => succeeds(name, ['--version']));
  if (compiler === undefined) return `There is no C++ compiler (looked for ${names.join(', ')}). ${hint}`;
  const program = '#include <concepts>\n#if __cplusplus < 202002L\n#error\n#endif\n';
  if (succeeds(compiler, ['-std=c++20', '-fsyntax-only', '-x', 'c++', '-'], program)) return null;
  return `The C++ compiler ${compiler} cannot compile C++20. ${hint}`;
}

function cmakeProblem() {
  const wanted = '3.21.0';
  const hint = `Install ${wanted} or newer (Debian, Ubuntu: apt install cmake; or pip install cmake).`;
  const { status, stdout } = run('cmake', ['--version']);
  if (status !== 0) return `There is no CMake. ${hint}`;
  const version = /version (\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? '0.0.0';
  return atLeast(version, wanted) ? null : `CMake ${version} is too old. ${hint}`;
}

function makeProblem() {
  if (['ninja', 'make'].some((name) => succeeds(name, ['--version']))) return null;
  return 'There is neither ninja nor make. Install one (Debian, Ubuntu: apt install make).';
}

function spaceProblem(root) {
  const { bavail, bsize } = statfsSync(root);
  if (bavail * bsize >= buildSpace) return null;
  return `The build needs ${buildSpace / 1e6} MB in ${root}: make room.`;
}

function run(program, args, input = '') {
  return spawnSync(program, args, { input, encoding: 'utf8' });
}

const succeeds = (program, args, input) => run(program, args, input).status === 0;

function atLeast(version, wanted) {
  const [a, b] = [version, wanted].map((text) => text.split('.').map(Number));
  for (let i = 0; i < b.length; i++) {
    if (a[i] !== b[i]) return a[i] > b[i];
  }
  return true;
}
