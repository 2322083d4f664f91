// Reading without script, finding, comparing, the keyboard, paper: what a reader does with the network's page.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser, launchBrowser } from './browser.ts';
import { pagePaths } from './paths.ts';
import { seedNode } from './seed-nodes.ts';
import { seedPlan, startSite, type Site } from './site.ts';
import { DESKTOP } from './visit.ts';

const plan = seedPlan({ epochs: 120 });
const nodes = Array.from({ length: plan.nodes }, (_, index) => seedNode(plan.policy, index));
let site: Site;
let browser: Browser;

beforeAll(async () => {
  if (!hasBrowser) return;
  [site, browser] = await Promise.all([startSite(plan), launchBrowser()]);
});
afterAll(async () => {
  if (!hasBrowser) return;
  await browser.close();
  await site.stop();
});

const rows = (page: Page): Promise<string[]> => page.locator('table.ranked tbody th a').allTextContents();
const open = async (options: Parameters<Browser['newContext']>[0]): Promise<{ context: BrowserContext; page: Page }> => {
  const context = await browser.newContext({ viewport: DESKTOP, ...options });
  const page = await context.newPage();
  await page.goto(site.url);
  return { context, page };
};

describe.skipIf(!hasBrowser)('without script', () => {
  test('nodes are read, searched for, filtered and sorted', async () => {
    const { context, page } = await open({ javaScriptEnabled: false });
    expect(await rows(page)).toHaveLength(25);
    await page.getByLabel('Search').fill('gpu-17.');
    await page.getByRole('button', { name: 'Show' }).click();
    expect(await rows(page)).toEqual(['Node 17']);
    expect(new URL(page.url()).searchParams.get('q')).toBe('gpu-17.');
    await page.getByRole('link', { name: 'Clear' }).click();
    const gpuClass = nodes[0]?.gpuClass ?? '';
    await page.getByLabel('Class').selectOption(gpuClass);
    await page.getByLabel('Order').selectOption('index');
    await page.getByRole('button', { name: 'Show' }).click();
    const wanted = nodes.filter((node) => node.gpuClass === gpuClass).map(({ index }) => `Node ${String(index)}`);
    expect(await rows(page)).toEqual(wanted.slice(0, 25));
    expect(await page.getByRole('status').textContent()).toContain(`${String(wanted.length)} nodes`);
    await context.close();
  });

  test('pages lead through all nodes, each once', async () => {
    const { context, page } = await open({ javaScriptEnabled: false });
    const seen: string[] = [];
    for (;;) {
      seen.push(...(await rows(page)));
      const more = page.getByRole('link', { name: 'More nodes' });
      if ((await more.count()) === 0) break;
      await more.click();
    }
    expect(new Set(seen).size).toBe(plan.nodes);
    expect(seen).toHaveLength(plan.nodes);
    await context.close();
  });

  test('those ticked are compared', async () => {
    const { context, page } = await open({ javaScriptEnabled: false });
    const names = (await rows(page)).slice(0, 3);
    for (const name of names) await page.getByRole('checkbox', { name: `Compare ${name}`, exact: true }).check();
    await page.getByRole('button', { name: 'Compare those ticked' }).click();
    expect(new URL(page.url()).pathname).toBe('/compare');
    const text = (await page.locator('main').textContent()) ?? '';
    for (const name of names) expect(text).toContain(name);
    await context.close();
  });

  test('every page says what it is about', async () => {
    const { context, page } = await open({ javaScriptEnabled: false });
    for (const path of Object.values(pagePaths(plan))) {
      await page.goto(`${site.url}${path}`);
      expect(await page.locator('h1').count()).toBe(1);
      expect((await page.locator('main').innerText()).length > 200 ? '' : path).toBe('');
    }
    await context.close();
  });
});

describe.skipIf(!hasBrowser)('with script', () => {
  test('what is typed is found without a button', async () => {
    const { context, page } = await open({});
    await page.getByLabel('Search').fill('gpu-17.');
    await expect.poll(() => rows(page), { timeout: 10_000 }).toEqual(['Node 17']);
    expect(new URL(page.url()).searchParams.get('q')).toBe('gpu-17.');
    expect(await page.getByLabel('Search').evaluate((field) => field === document.activeElement)).toBe(true);
    await context.close();
  });
});

describe.skipIf(!hasBrowser)('the keyboard, paper and wishes', () => {
  test('the first stop leads to the content, and every stop is seen', async () => {
    const { context, page } = await open({});
    await page.keyboard.press('Tab');
    const skip = page.locator('a.skip');
    expect(await skip.evaluate((link) => link === document.activeElement)).toBe(true);
    expect((await skip.boundingBox())?.x).toBeGreaterThanOrEqual(0);
    await page.keyboard.press('Enter');
    expect(new URL(page.url()).hash).toBe('#main');
    for (let stops = 0; stops < 20; stops++) {
      await page.keyboard.press('Tab');
      const outline = await page.evaluate(() => {
        const at = document.activeElement;
        return at === null || at === document.body ? 'nowhere' : getComputedStyle(at).outlineStyle;
      });
      expect(['solid', 'auto']).toContain(outline);
    }
    await context.close();
  });

  test('on paper there are no controls, and ink is black on white whatever the screen', async () => {
    const { context, page } = await open({ colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    for (const part of ['nav', 'form.filter', 'input[type=checkbox]'])
      expect(await page.locator(part).first().isVisible()).toBe(false);
    const [paper, ink] = await page.evaluate(() => {
      const { backgroundColor, color } = getComputedStyle(document.body);
      return [backgroundColor, color];
    });
    expect([paper, ink]).toEqual(['rgb(255, 255, 255)', 'rgb(0, 0, 0)']);
    await context.close();
  });
});
