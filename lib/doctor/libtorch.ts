import { dirname } from 'node:path';
import { DcganError } from '../errors.js';
import type { Candidate, Libtorch } from '../libtorch/find.js';
import { getLibtorch } from '../libtorch/problem.js';
import { type Addon, findAddon, openLoader } from '../native/addon.js';
import { libtorchCandidates } from '../native/load.js';
import type { Check } from './check.js';

/** The addon and its cores; and the addon, where it can be opened. */
export function checkAddon(): { readonly checks: Check[]; readonly addon: Addon | null } {
  try {
    const addon = findAddon();
    openLoader(addon);
    const served = [...addon.cores.keys()].map((minor) => `libtorch ${minor}`).join(', ');
    const checks: Check[] = [
      { name: 'loader', verdict: 'ok', detail: addon.loader },
      { name: 'cores', verdict: 'ok', detail: `for ${served}, in ${dirname(addon.loader)}` },
    ];
    return { checks, addon };
  } catch (error) {
    if (!(error instanceof DcganError)) throw error;
    return { checks: [failed('loader', error)], addon: null };
  }
}

/** Each place where a libtorch may be, with a verdict; and the one that is used. */
export function checkLibtorch(): { readonly checks: Check[]; readonly used: Libtorch | null } {
  const all = [...libtorchCandidates()];
  const first = all.find(
    ({ libtorch, problem, source }) => libtorch || (problem && source === 'DCGAN_LIBTORCH'),
  );
  const used = first?.libtorch ?? null;
  const checks = all.map((candidate) => judge(candidate, used));
  if (used || checks.some(({ verdict }) => verdict === 'failed')) return { checks, used };
  const none: Check = {
    name: 'libtorch',
    verdict: 'failed',
    code: 'ERR_LIBTORCH_NOT_FOUND',
    detail: 'libtorch was not found in any of these places.',
    remedy: getLibtorch,
  };
  return { checks: [...checks, none], used };
}

function judge({ source, where, libtorch, problem, absent }: Candidate, used: Libtorch | null): Check {
  const name = `libtorch: ${source === 'python' ? 'python3' : source}`;
  if (absent !== null)
    return { name, verdict: 'info', detail: source === 'cache' ? `${where}: ${absent}` : absent };
  if (problem) {
    const { code, reason: detail, remedy } = problem;
    return used ? { name, verdict: 'info', code, detail } : { name, verdict: 'failed', code, detail, remedy };
  }
  const isUsed = libtorch?.root === used?.root;
  return {
    name,
    verdict: isUsed ? 'ok' : 'info',
    detail: `${libtorch?.version} in ${where}${isUsed ? ', which is used' : ', which works'}`,
  };
}

export function failed(name: string, error: DcganError): Check {
  // The last sentence of a message, or two of them, say what to do.
  const [detail = error.message, ...rest] = error.message.split(/(?<=\.) (?=[A-Z])/);
  return { name, verdict: 'failed', code: error.code, detail, remedy: rest.join(' ') || undefined };
}
