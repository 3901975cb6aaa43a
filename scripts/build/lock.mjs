import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A signal that SIGINT and SIGTERM abort; they decide on the exit status. */
export function interruption() {
  const controller = new AbortController();
  for (const [name, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]) {
    process.on(name, () => {
      process.exitCode = exitCode;
      controller.abort(
        new Error('Stopped. What was built so far is kept; the next build goes on from there.'),
      );
    });
  }
  return controller.signal;
}

/**
 * Runs `work` while no other process builds in `root`; waits for one that does.
 * @param {string} root of this package
 * @param {(signal: AbortSignal) => Promise<void>} work is given an `interruption()`
 * @throws Error when it was stopped, or what `work` throws
 */
export async function buildAlone(root, work) {
  const signal = interruption();
  await withLock(join(root, 'build', 'prepare.lock'), () => work(signal), signal);
}

/** Runs `work` while no other process does so under the same lock file; waits for one that does, until `signal` aborts. */
async function withLock(path, work, signal) {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!take(path)) {
    if (!told) process.stderr.write('Another process is building; waiting for it.\n');
    told = true;
    await sleep(200);
    signal.throwIfAborted();
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function take(path) {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    // A link, unlike a file that is written, appears with its content.
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const holder = holderOf(path);
    // A process that was killed leaves its lock.
    if (holder !== null && !isAlive(holder)) rmSync(path, { force: true });
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** The process that holds the lock, or null when it was just released. */
function holderOf(path) {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
