import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';

export const wide = { width: 1280, height: 800 };
export const phone = { width: 360, height: 740 };

/** What a page should not do: complain in its console, and ask other hosts. */
export interface Misdeeds {
  readonly complaints: string[];
  readonly elsewhere: string[];
}

/** Opens the dashboard, and notes what it should not do. */
export async function openWatched(
  browser: Browser,
  url: string,
  { complaints, elsewhere }: Misdeeds,
  viewport = wide,
  colorScheme: 'light' | 'dark' = 'light',
): Promise<Page> {
  const context = await browser.newContext({ viewport, colorScheme });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() !== 'log') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== new URL(url).origin) elsewhere.push(request.url());
  });
  await page.goto(url);
  await page.waitForSelector('#runs .run', { state: 'attached' });
  return page;
}

/** What axe-core finds serious, or worse, and by how many pixels the page is too wide. */
export async function accessibility(page: Page) {
  // Evaluated by the debugger, which the page's policy does not bind.
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  const found = (await page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, impact, nodes }) => [impact, id, nodes[0].html]))',
  )) as [string, string, string][];
  const serious = found.filter(([impact]) => impact === 'serious' || impact === 'critical');
  const overflow = (await page.evaluate('document.documentElement.scrollWidth - innerWidth')) as number;
  return { serious, overflow };
}
