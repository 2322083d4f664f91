// Every page of a seeded gateway in a real browser: nothing that axe objects to in either scheme and at either width, nothing that scrolls
// sideways on a phone, nobody else asked, no word from the content security policy, no link that leads nowhere.
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser, launchBrowser } from './browser.ts';
import { pagePaths } from './paths.ts';
import { seedPlan, startSite, type Site } from './site.ts';
import { deadLinks, DESKTOP, linksOf, openPage, overhang, PHONE, violations } from './visit.ts';

/** No page is heavier, its style and scripts not counted. */
const PAGE_BYTES_MAX = 100_000;

let site: Site;
let browser: Browser;
const plan = seedPlan({ epochs: 200 });
const paths = Object.entries(pagePaths(plan));
const links = new Set<string>();
const logged: string[] = [];

beforeAll(async () => {
  if (!hasBrowser) return;
  [site, browser] = await Promise.all([startSite(plan, (line) => logged.push(line)), launchBrowser()]);
});
afterAll(async () => {
  if (!hasBrowser) return;
  await browser.close();
  await site.stop();
});

describe.skipIf(!hasBrowser)('every page', () => {
  test.each(paths)('%s: accessible, at home, within its width', async (_, path) => {
    const context = await browser.newContext({ viewport: DESKTOP, colorScheme: 'light' });
    const { page, notes } = await openPage(context, site.url);
    const answer = await page.goto(`${site.url}${path}`);
    expect(answer?.status()).toBe(200);
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violations(page, 'colours')).toEqual([]);
    await page.setViewportSize(PHONE);
    expect(await overhang(page)).toBe(0);
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await violations(page, 'colours')).toEqual([]);
    for (const link of await linksOf(page)) links.add(link);
    expect(notes).toEqual({ errors: [], strangers: [] });
    expect(gzipSync((await answer?.body()) ?? '').length).toBeLessThan(PAGE_BYTES_MAX);
    await context.close();
  });

  test('all that they link to is there', async () => {
    // Seeded archives are rows without bytes; those of a real network are asked for in network.test.ts.
    const wanted = [...links].filter((path) => !path.endsWith('/archive'));
    expect(wanted.length).toBeGreaterThan(60);
    expect(await deadLinks(site.url, wanted)).toEqual([]);
    expect(logged.filter((line) => /error/i.test(line))).toEqual([]);
  });

  test('an error is a page, too', async () => {
    const context = await browser.newContext({ viewport: PHONE });
    const { page, notes } = await openPage(context, site.url);
    const answer = await page.goto(`${site.url}/nodes/0x${'00'.repeat(32)}`);
    expect(answer?.status()).toBe(404);
    expect(await violations(page)).toEqual([]);
    expect(await overhang(page)).toBe(0);
    expect(notes.strangers).toEqual([]);
    await context.close();
  });
});
