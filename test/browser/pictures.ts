// `npm run pictures`: every page of a seeded gateway as a picture, in both schemes, the main ones on a phone, too. Into docs/pictures/, or the
// folder that is named; `--whole` takes pages to their end, for a look at all of it.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { pagePaths } from './paths.ts';
import { startSite } from './site.ts';
import { DESKTOP, PHONE } from './visit.ts';

const OUT = join(import.meta.dirname, '..', '..', 'docs', 'pictures');
/** Pages that are looked at on phones most. */
const ON_PHONES = new Set(['network', 'node', 'compare', 'methodology', 'status']);
/** States that look much like others: taken only when they are asked for. */
const LEFT_OUT = new Set(['network-filtered', 'network-none', 'node-flaky', 'node-new', 'epoch-disputed', 'epoch-skipped']);
/** Of kept pictures: a screen and a half of a page says how it looks, and all of them stay under 2 MB. */
const HEIGHT_MAX = 1_400;
const QUALITY = 0.6;

/** PNG to WebP by the browser's own encoder: a fifth of the size. */
async function webp(encoder: Page, png: Buffer): Promise<Buffer> {
  const url = await encoder.evaluate(
    async ([source, quality]) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      canvas.getContext('2d')?.drawImage(image, 0, 0);
      return canvas.toDataURL('image/webp', quality);
    },
    [`data:image/png;base64,${png.toString('base64')}`, QUALITY] as const,
  );
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

async function take(
  browser: Browser,
  encoder: Page,
  url: string,
  out: string,
  options: { name: string; whole: boolean },
): Promise<number> {
  const { name, whole } = options;
  let bytes = 0;
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const size of ON_PHONES.has(name) ? [DESKTOP, PHONE] : [DESKTOP]) {
      const context = await browser.newContext({ viewport: size, colorScheme });
      const page = await context.newPage();
      await page.goto(url);
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      const clip = { x: 0, y: 0, width: size.width, height: whole ? height : Math.min(height, HEIGHT_MAX) };
      const png = await page.screenshot({ fullPage: true, clip, animations: 'disabled' });
      const picture = await webp(encoder, png);
      writeFileSync(join(out, `${name}${size === PHONE ? '-phone' : ''}-${colorScheme}.webp`), picture);
      bytes += picture.length;
      await context.close();
    }
  }
  return bytes;
}

async function main(args: readonly string[]): Promise<void> {
  const whole = args.includes('--whole');
  const [named, ...only] = args.filter((arg) => !arg.startsWith('--'));
  const out = named ?? OUT;
  mkdirSync(out, { recursive: true });
  if (only.length === 0) for (const file of readdirSync(out)) if (file.endsWith('.webp')) rmSync(join(out, file));
  const [site, browser] = [await startSite(), await launchBrowser()];
  const encoder = await browser.newPage();
  let total = 0;
  for (const [name, path] of Object.entries(pagePaths(site.plan))) {
    if (only.length === 0 ? !LEFT_OUT.has(name) || whole : only.includes(name))
      total += await take(browser, encoder, `${site.url}${path}`, out, { name, whole });
  }
  console.log(`${out}: ${String(Math.ceil(total / 1000))} kB`);
  await browser.close();
  await site.stop();
}

await main(process.argv.slice(2));
