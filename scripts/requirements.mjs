/** What a build from source needs, checked before any long work starts. */
import { spawnSync } from 'node:child_process';

const answer = (command, args) => spawnSync(command, args, { encoding: 'utf8' });

function nodeProblem() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return [];
  return [`Node ${process.versions.node} is too old: install Node 20.19 or newer.`];
}

function compilerProblem() {
  const compiler = process.env.CXX || 'c++';
  // Asked for what libtorch's headers want: C++20 with concepts.
  const found = spawnSync(compiler, ['-std=c++20', '-x', 'c++', '-fsyntax-only', '-'], {
    input: '#include <concepts>\nstatic_assert(std::integral<int>);\n',
    encoding: 'utf8',
  });
  if (found.status === 0) return [];
  const reason = found.error ? 'was not found' : 'does not compile C++20';
  return [
    `The C++ compiler '${compiler}' ${reason}: install GCC 11 or newer (Debian: apt install g++), or set CXX.`,
  ];
}

function cmakeProblem() {
  const version = /version (\d+)\.(\d+)/.exec(answer('cmake', ['--version']).stdout ?? '');
  const fits = version && (Number(version[1]) > 3 || Number(version[2]) >= 20);
  if (!fits) return ['CMake 3.20 or newer was not found: install it (Debian: apt install cmake).'];
  const tools = ['ninja', 'make'].some((tool) => answer(tool, ['--version']).status === 0);
  return tools ? [] : ['Neither ninja nor make was found: install one (Debian: apt install make).'];
}

/** One sentence for each thing that is missing. */
export const buildProblems = () => [...nodeProblem(), ...compilerProblem(), ...cmakeProblem()];
