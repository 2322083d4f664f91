// A reader's own browser against a real local network: what the page says is checked under the root that stands on chain, a leaf that was
// changed on its way is refused in words, and the pages of a validator stand up to what those of a gateway do.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startNetwork, type Network } from '../../local/network.ts';
import { nodePlans } from '../../local/node-plans.ts';
import { hasBrowser, launchBrowser } from './browser.ts';
import { deadLinks, DESKTOP, linksOf, openPage, overhang, PHONE, violations } from './visit.ts';

const VALIDATORS = 2;
const NODES = 3;
/** Start, an epoch of 30 s, its reveal 30 s later, mirroring and a round: under two minutes on a machine that does nothing else. */
const FIRST_ROOT_MS = 240_000;

type Listed = { readonly items: readonly { readonly id: string; readonly verdict: unknown }[] };

let network: Network;
let browser: Browser;

const json = async <T>(path: string): Promise<T> => (await (await fetch(`${network.url}${path}`)).json()) as T;

beforeAll(async () => {
  if (!hasBrowser) return;
  [network, browser] = await Promise.all([
    startNetwork({ validators: VALIDATORS, nodes: nodePlans().slice(0, NODES) }),
    launchBrowser(),
  ]);
  // At first the gateway is not ready, and has no items; a root may stand before it speaks of a node.
  const scored = async (): Promise<boolean> => ((await json<Partial<Listed>>('/v1/nodes')).items?.[0]?.verdict ?? null) !== null;
  await vi.waitUntil(scored, { timeout: FIRST_ROOT_MS, interval: 1_000 });
}, FIRST_ROOT_MS + 60_000);
afterAll(async () => {
  if (!hasBrowser) return;
  await browser.close();
  await network.stop();
});

async function openNode(): Promise<Page> {
  const { items } = await json<Listed>('/v1/nodes');
  const context = await browser.newContext({ viewport: DESKTOP });
  const page = await context.newPage();
  await page.goto(`${network.url}/nodes/${items[0]?.id ?? ''}`);
  return page;
}

async function verify(page: Page): Promise<{ outcome: string; words: string; steps: string }> {
  await page.locator('form.verify button').click();
  const said = page.locator('#verify-outcome[data-outcome]');
  await said.waitFor({ timeout: 30_000 });
  return {
    outcome: (await said.getAttribute('data-outcome')) ?? '',
    words: (await said.textContent()) ?? '',
    steps: (await page.locator('#verify-steps').textContent()) ?? '',
  };
}

describe.skipIf(!hasBrowser)('“Verify this” in the page', () => {
  test('computes the root that stands on chain', async () => {
    const page = await openNode();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).origin));
    const found = await verify(page);
    expect(found.outcome).toBe('verified');
    expect(found.words).toContain('Verified');
    expect(found.steps).toContain('It leads to the root that stands on chain');
    expect(new Set(asked)).toEqual(new Set([network.url, new URL(network.anvil.url).origin]));
    await page.context().close();
  });

  test('refuses a leaf that was changed on its way, and says why', async () => {
    const page = await openNode();
    await page.route('**/v1/consensus/*/scores/*', async (route) => {
      const answer = await route.fetch();
      const told = (await answer.json()) as { leaf: { samples: number } };
      told.leaf.samples += 1;
      await route.fulfill({ response: answer, json: told });
    });
    const found = await verify(page);
    expect(found.outcome).toBe('differs');
    expect(found.words).toContain('Not verified');
    expect(found.steps).toContain('It does not match');
    await page.context().close();
  });

  test('an RPC of another chain, or none, proves nothing', async () => {
    const page = await openNode();
    await page.locator('form.verify input').fill('http://127.0.0.1:9');
    const found = await verify(page);
    expect(found.outcome).toBe('unchecked');
    await page.context().close();
  });
});

describe.skipIf(!hasBrowser)('a validator’s own pages', () => {
  test('are accessible, at home and whole; their links lead somewhere, archives included', async () => {
    const [validator] = network.validators;
    const home = validator?.url ?? '';
    const context = await browser.newContext({ viewport: DESKTOP, colorScheme: 'dark' });
    const links = new Set<string>();
    const { items } = await json<Listed>('/v1/nodes');
    const epochs = (await (await fetch(`${home}/v1/epochs`)).json()) as { items: { epoch: number }[] };
    const paths = ['/', '/network', '/status', `/nodes/${items[0]?.id ?? ''}`, `/epochs/${String(epochs.items[0]?.epoch ?? 0)}`];
    for (const path of [...paths, `/validators/${validator?.operator ?? ''}`]) {
      const { page, notes } = await openPage(context, home);
      expect([path, (await page.goto(`${home}${path}`))?.status()]).toEqual([path, 200]);
      expect([path, await violations(page)]).toEqual([path, []]);
      await page.setViewportSize(PHONE);
      expect([path, await overhang(page)]).toEqual([path, 0]);
      expect([path, notes]).toEqual([path, { errors: [], strangers: [] }]);
      for (const link of await linksOf(page)) links.add(link);
      await page.close();
    }
    expect([...links].some((path) => path.endsWith('/archive'))).toBe(true);
    const wrong = await deadLinks(home, links);
    expect(wrong).toEqual([]);
    await context.close();
  });
});
