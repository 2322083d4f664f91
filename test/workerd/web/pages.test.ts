// The pages: what a reader must find on them, that hostile text stays text, and that they are small and carry no script but our own files.
import { beforeAll, describe, expect, test } from 'vitest';
import { addEpoch, addNodes, nodeIdOf } from '../support/ledger-rows.ts';
import { bindings, freshDatabase, revealMs, siteAt } from '../support/web-env.ts';

const LAST = 40;
const site = siteAt(revealMs(LAST));
const HOSTILE_URL = `https://x/"><script>alert(1)</script><img src=x onerror=alert(2)>`;
const HOSTILE_CLASS = `'"><b>&lt;h100</b><svg/onload=x>`;

async function pageText(path: string, status = 200): Promise<string> {
  const answer = await site.get(path);
  expect([path, answer.status]).toEqual([path, status]);
  expect(answer.headers.get('content-type')).toMatch(/^text\/html; charset=utf-8$/i);
  return answer.text();
}

beforeAll(async () => {
  await freshDatabase();
  await addNodes(Array.from({ length: 24 }, (_, index) => ({ index, retired: index === 22 })));
  await addNodes([
    { index: 24, url: HOSTILE_URL, gpuClass: HOSTILE_CLASS },
    { index: 25, url: 'javascript:alert(1)', gpuClass: null },
    { index: 26, url: `https://${'a'.repeat(60)}.${'b'.repeat(60)}.example/`, gpuClass: 'W'.repeat(32) },
  ]);
  for (let epoch = 0; epoch <= LAST; epoch++)
    await addEpoch({ epoch, nodes: [0, 1, 2], slots: epoch % 10 === 0 ? 10 : 3, state: epoch === LAST ? 'sealed' : 'posted' });
}, 60_000);

describe('what a reader finds', () => {
  test('on the network page: what this is, who passes, who fails and why, and the limits', async () => {
    const html = await pageText('/');
    for (const words of [
      'Do these GPUs do the work they are paid for?',
      'passes at least',
      '0 audits so far: not enough to judge by',
      'Wrong result',
      'not the product it was asked to compute',
      'It cannot show',
      'not yet posted',
    ]) {
      expect(html).toContain(words);
    }
    const transaction = await bindings.DB.prepare('SELECT transaction_hash AS hash FROM epochs WHERE epoch = 39').first<{
      hash: string;
    }>();
    expect(html).toContain(transaction?.hash.slice(0, 8));
    expect(html).toContain('href="/epochs/39"');
    const more = /href="(\/\?[^"]+)#nodes"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(await pageText(more)).toContain(`/nodes/${nodeIdOf(26)}`);
  });
  test('on a node page: standing, reasons, audits with their evidence, older ones', async () => {
    const html = await pageText(`/nodes/${nodeIdOf(1)}`);
    expect(html).toContain('With 95 % confidence it passes at least');
    expect(html).toContain('anybody can recompute this from what the node signed');
    expect(html).toContain(`href="/v1/audits/${String(LAST)}-9-1"`);
    const older = /href="(\/nodes\/[^"]+cursor=[^"]+)#audits"/.exec(html)?.[1] ?? '';
    expect(await pageText(older)).not.toContain(`href="/v1/audits/${String(LAST)}-9-1"`);
    expect(await pageText(`/nodes/${nodeIdOf(22)}`)).toContain('retired');
  });
  test('on an epoch page: the transaction, roots, nodes, the archive', async () => {
    const html = await pageText('/epochs/39');
    const row = await bindings.DB.prepare('SELECT transaction_hash, audit_root, archive_hash FROM epochs WHERE epoch = 39').first<
      Record<string, string>
    >();
    for (const value of [...Object.values(row ?? {}), '/v1/epochs/39/archive', `/nodes/${nodeIdOf(2)}`])
      expect(html).toContain(value);
    expect(await pageText(`/epochs/${String(LAST)}`)).toContain('on its way to the chain');
  });
  test('a wrong address is explained in words', async () => {
    expect(await pageText('/epochs/99', 404)).toContain('is public before');
    expect(await pageText('/nodes/xyz', 400)).toContain('a node id is');
    expect(await pageText('/elsewhere', 404)).toContain('There is no such route');
    expect(await pageText('/?cursor=%3Cscript%3E', 400)).not.toContain('<script>');
  });
  test('an empty network says what comes', async () => {
    expect(await (await siteAt(0).get('/')).text()).toContain('Nothing is public yet');
  });
});

describe('what is never on a page', () => {
  test('markup from a node’s address or class', async () => {
    const list = await pageText(/href="(\/\?[^"]+)#nodes"/.exec(await pageText('/'))?.[1]?.replaceAll('&amp;', '&') ?? '');
    for (const html of [list, ...(await Promise.all([24, 25, 26].map((index) => pageText(`/nodes/${nodeIdOf(index)}`))))]) {
      expect(html).not.toMatch(
        /<script(?! src="\/assets\/[0-9a-f]{10}\.js" defer>)|<b>|<img src=x|<svg\/onload|href="javascript:/i,
      );
    }
    expect(list).toContain('&#39;&quot;&gt;&lt;b&gt;&amp;lt;h100');
    expect(await pageText(`/?class=${encodeURIComponent('<b>x</b>')}`)).not.toContain('<b>x</b>');
  });
  test('scripts, inline styles, other origins; and nothing is large', async () => {
    for (const path of ['/', `/nodes/${nodeIdOf(1)}`, '/epochs/39', '/elsewhere']) {
      const answer = await site.get(path);
      const html = await answer.text();
      expect(html).not.toMatch(/<script(?! src="\/assets\/[0-9a-f]{10}\.js" defer>)|\sstyle="|\son[a-z]+="|<style/i);
      expect(html.match(/(?:src|href)="(?:https?:)?\/\/[^"]*"/g)).toBeNull();
      const packed = await new Response(new Blob([html]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
      expect([path, packed.byteLength < 30_000]).toEqual([path, true]);
      expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self'; style-src 'self'/);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
  test('assets answer where pages look for them', async () => {
    const html = await pageText('/');
    for (const [, path] of html.matchAll(/href="(\/assets\/[^"]+)"/g)) {
      const answer = await site.get(path ?? '');
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
      await answer.arrayBuffer();
    }
    expect(site.faults).toEqual([]);
  });
});
