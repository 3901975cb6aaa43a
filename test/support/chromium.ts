import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = [process.env.CHROMIUM ?? '', ...places].find(existsSync);

// As root Chromium wants no sandbox; the rest keeps it from the network.
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
args.push('--disable-background-networking', '--disable-component-update', '--disable-sync');

/** `describe` where there is a Chromium; elsewhere it says that `what` is not tested. */
export function inChromium(what: string): typeof describe | typeof describe.skip {
  if (executablePath) return describe;
  process.stderr.write(`${what} not tested: there is no Chromium (${places.join(', ')}, CHROMIUM).\n`);
  return describe.skip;
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath, args });
}
