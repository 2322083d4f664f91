// Looks at a page as a reader would and notes what must not be: errors, refusals by the content security policy, requests to anybody else.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { BrowserContext, Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const DESKTOP = { width: 1280, height: 900 } as const;
export const PHONE = { width: 390, height: 844 } as const;

const LINKS_AT_ONCE = 6;

export type Notes = {
  /** Errors that the page logged, refusals by its policy among them. */
  readonly errors: string[];
  /** Addresses of other hosts that it asked. */
  readonly strangers: string[];
};

/** A page that takes notes. @param home its own origin */
export async function openPage(context: BrowserContext, home: string): Promise<{ page: Page; notes: Notes }> {
  const page = await context.newPage();
  const notes: Notes = { errors: [], strangers: [] };
  page.on('console', (message) => {
    if (message.type() === 'error') notes.errors.push(message.text());
  });
  page.on('pageerror', (error) => notes.errors.push(error.message));
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== home && protocol !== 'data:') notes.strangers.push(request.url());
  });
  return { page, notes };
}

/** What axe finds, a line each: the rule and where. `colours`: contrast alone, for a second scheme of a page that was looked at in full. */
export async function violations(page: Page, what: 'all' | 'colours' = 'all'): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  return page.evaluate(async (only) => {
    type Found = { violations: { id: string; help: string; nodes: { target: string[]; failureSummary?: string }[] }[] };
    const { axe } = globalThis as unknown as { axe: { run: (root: unknown, options: object) => Promise<Found> } };
    const found = await axe.run(globalThis.document, only === 'all' ? {} : { runOnly: ['color-contrast'] });
    return found.violations.flatMap(({ id, help, nodes }) =>
      nodes.slice(0, 5).map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(' ')}: ${failureSummary ?? ''}`),
    );
  }, what);
}

/** Pixels by which the page is wider than its window: 0 unless it scrolls sideways. */
export const overhang = (page: Page): Promise<number> =>
  page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth));

/** Paths that the page links to on its own host, without fragments. */
export const linksOf = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll('a[href], link[href]')]
      .map((element) => new URL(element.getAttribute('href') ?? '', document.baseURI))
      .filter(({ origin }) => origin === location.origin)
      .map(({ pathname, search }) => `${pathname}${search}`),
  );

/** Those that do not answer 200, with what they answer. */
export async function deadLinks(home: string, paths: Iterable<string>): Promise<string[]> {
  const wanted = [...paths];
  const wrong: string[] = [];
  const visit = async (): Promise<void> => {
    for (let path = wanted.pop(); path !== undefined; path = wanted.pop()) {
      const answer = await fetch(`${home}${path}`);
      await answer.arrayBuffer();
      if (answer.status !== 200) wrong.push(`${String(answer.status)} ${path}`);
    }
  };
  await Promise.all(Array.from({ length: LINKS_AT_ONCE }, visit));
  return wrong.toSorted();
}
