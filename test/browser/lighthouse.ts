// `npm run lighthouse`: Lighthouse on the main pages of a seeded gateway, the median of three runs each, as a table for docs/pages.md. Its
// own command: it is fetched by npx at a pinned version, takes minutes, and a busy machine lowers what it finds.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { browserPath, FLAGS } from './browser.ts';
import { pagePaths } from './paths.ts';
import { startSite } from './site.ts';

const VERSION = '13.5.0';
const RUNS = 3;
const PAGES = ['network', 'node', 'compare', 'operator', 'epoch', 'validator', 'methodology', 'status', 'reference'];
const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'] as const;
const OUT = join(import.meta.dirname, '..', '..', '.cache', 'lighthouse');
/** Each category, out of a hundred. */
const AIM = 95;

type Report = {
  readonly categories: Readonly<Record<string, { readonly score: number | null }>>;
  readonly audits: Readonly<
    Record<string, { readonly numericValue?: number; readonly score: number | null; readonly title: string }>
  >;
};

async function run(url: string, file: string): Promise<Report> {
  const args = ['--yes', `lighthouse@${VERSION}`, url, '--quiet', '--output=json', `--output-path=${file}`];
  const flags = [`--chrome-flags=${FLAGS.join(' ')}`, '--no-enable-error-reporting', `--only-categories=${CATEGORIES.join(',')}`];
  const child = spawn('npx', [...args, ...flags], {
    env: { ...process.env, CHROME_PATH: await browserPath() },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject));
  if (code !== 0) throw new Error(`lighthouse@${VERSION} ended with ${String(code)}. It needs the npm registry the first time.`);
  return JSON.parse(readFileSync(file, 'utf8')) as Report;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function main(only: readonly string[]): Promise<number> {
  mkdirSync(OUT, { recursive: true });
  const site = await startSite();
  const paths = pagePaths(site.plan);
  let low = 0;
  console.log('| page | performance | accessibility | best practices | SEO | largest paint |\n|---|---|---|---|---|---|');
  for (const name of only.length === 0 ? PAGES : only) {
    const url = `${site.url}${paths[name] ?? '/'}`;
    await (await fetch(url)).arrayBuffer(); // the first reader of a page is not who is measured
    const reports: Report[] = [];
    for (let i = 0; i < RUNS; i++) reports.push(await run(url, join(OUT, `${name}-${String(i)}.json`)));
    const scores = CATEGORIES.map((category) =>
      median(reports.map(({ categories }) => Math.round(100 * (categories[category]?.score ?? 0)))),
    );
    const paint = median(reports.map(({ audits }) => audits['largest-contentful-paint']?.numericValue ?? 0));
    low += scores.filter((score) => score < AIM).length;
    console.log(`| ${name} | ${scores.join(' | ')} | ${(paint / 1000).toFixed(1)} s |`);
    for (const audit of Object.values(reports[0]?.audits ?? {}))
      if (audit.score !== null && audit.score < 0.5) console.error(`  ${name}: ${audit.title}`);
  }
  await site.stop();
  return low === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
