import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { gigabytes } from '../files/size.js';
import { readSymbolVersions } from '../libtorch/elf.js';
import { atLeast, type Check } from './check.js';

/** Bytes that a training with the default batch size needs, without MNIST and Node.js. */
const memoryNeeded = 1.5e9;
const systemRemedy = 'Use a newer distribution, or a container of one (such as node:20-bookworm).';

export function checkNode(): Check {
  const { engines } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as {
    engines: { node: string };
  };
  const wanted = engines.node.replace('>=', '');
  const detail = `${process.versions.node} (${wanted} or newer is needed), ${process.execPath}`;
  if (atLeast(process.versions.node, wanted)) return { name: 'Node.js', verdict: 'ok', detail };
  return { name: 'Node.js', verdict: 'failed', detail, remedy: `Install Node.js ${wanted} or newer.` };
}

/** The platforms that the package has binaries for, and what is to be said of them. */
const platforms: Readonly<Record<string, string>> = {
  'linux-x64': '',
  'linux-arm64': ' (tried under QEMU only: how quick it is nobody knows)',
};

export function checkPlatform(): Check {
  const platform = `${process.platform}-${process.arch}`;
  const said = platforms[platform];
  if (said !== undefined) return { name: 'platform', verdict: 'ok', detail: `${platform}${said}` };
  const remedy = `dcgan-native is tried on ${Object.keys(platforms).join(' and ')} only; elsewhere build it in a clone with: npm ci`;
  return { name: 'platform', verdict: 'warning', detail: platform, remedy };
}

/**
 * glibc and libstdc++, found and needed.
 * @param libraries those that will be loaded: ours, and libtorch's where there is one
 */
export function checkSystemLibraries(libraries: readonly string[]): Check[] {
  if (process.platform !== 'linux') return [];
  const needs = libraries.flatMap((path) => readSymbolVersions(path).needs);
  const { glibc, libstdcxx } = systemLibraries();
  const provided = libstdcxx === null ? [] : readSymbolVersions(libstdcxx).provides;
  return [
    compare('glibc', glibc, highest(needs, 'GLIBC'), systemRemedy),
    ...['GLIBCXX', 'CXXABI'].map((kind) =>
      compare(
        `libstdc++ ${kind}`,
        highest(provided, kind),
        highest(needs, kind),
        `Install a newer libstdc++ (Debian, Ubuntu: apt install libstdc++6). ${systemRemedy}`,
      ),
    ),
  ];
}

function compare(name: string, found: string | null, needed: string | null, remedy: string): Check {
  if (needed === null)
    return { name, verdict: 'info', detail: `${found ?? 'unknown'}; what is needed is unknown` };
  if (found === null) {
    const help =
      name === 'glibc' ? 'libtorch needs glibc: use a distribution with it, not Alpine Linux.' : remedy;
    return { name, verdict: 'warning', detail: `not found (${needed} or newer is needed)`, remedy: help };
  }
  const detail = `${found} (${needed} or newer is needed)`;
  return atLeast(found, needed)
    ? { name, verdict: 'ok', detail }
    : { name, verdict: 'failed', detail, remedy };
}

/** The highest number among versions of one kind: `GLIBC_2.28`, `GLIBC_2.3.4` → `2.28`. */
function highest(versions: readonly string[], kind: string): string | null {
  const numbers = versions
    .map((version) => /^([A-Z]+)_([\d.]+)$/.exec(version))
    .flatMap((match) => (match?.[1] === kind ? [match[2]!] : []));
  return numbers.reduce<string | null>((a, b) => (a !== null && atLeast(a, b) ? a : b), null);
}

/** The version of the glibc in use, and the path of the libstdc++ in use. */
function systemLibraries(): { readonly glibc: string | null; readonly libstdcxx: string | null } {
  const report = process.report.getReport() as unknown as {
    readonly header: { readonly glibcVersionRuntime?: string };
    readonly sharedObjects: readonly string[];
  };
  const libstdcxx = report.sharedObjects.find((path) => path.includes('libstdc++.so'));
  return { glibc: report.header.glibcVersionRuntime ?? null, libstdcxx: libstdcxx ?? null };
}

export function checkMemory(): Check {
  const total = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  const available = Math.min(process.availableMemory(), total);
  const detail = `${gigabytes(available)} of ${gigabytes(total)} are available`;
  if (available >= memoryNeeded) return { name: 'memory', verdict: 'ok', detail };
  const remedy = `Free some, or train with a smaller --batch-size: the default takes about ${gigabytes(memoryNeeded)}.`;
  return { name: 'memory', verdict: 'warning', detail, remedy };
}

export function checkProcessor(): Check {
  const [processor, ...others] = cpus();
  const detail = `${processor?.model.trim() ?? process.arch}, ${others.length + 1} in the machine`;
  return { name: 'processor', verdict: 'info', detail };
}

/** The libraries of a libtorch that are loaded. */
export function librariesOf(libtorchLibrary: string): string[] {
  return ['libtorch.so', 'libtorch_cpu.so', 'libc10.so'].map((name) => join(dirname(libtorchLibrary), name));
}
