// The pages of the network in both roles: the facts that a reader must find, that hostile text stays text, and that they stay small.
import { beforeAll, describe, expect, test } from 'vitest';
import { addEpoch, nodeIdOf } from '../support/ledger-rows.ts';
import { addNetworkEpoch, hashOf, networkNode, operatorOf, seatOf, store, type SeededNetwork } from '../support/network-rows.ts';
import { bindings, freshDatabase, gatewayPorts, revealMs, siteAt } from '../support/web-env.ts';

const LAST = 7;
const NODES = Array.from({ length: 60 }, (_, index) => index);
const HOSTILE = `"><script>alert(1)</script>`;
const gateway = siteAt(revealMs(LAST), gatewayPorts(revealMs(LAST)));
const validator = siteAt(revealMs(LAST));
const seeded = new Map<number, SeededNetwork>();
const FAILED = { state: 'failed', check: 'seed chain', detail: `the seed does not lead to the last one ${HOSTILE}` } as const;

beforeAll(async () => {
  await freshDatabase();
  for (let epoch = 2; epoch <= LAST; epoch++) {
    const root = epoch === LAST || epoch === 3 ? 'none' : epoch === 5 ? 'disputed' : 'final';
    const standing = epoch === 6 ? ({ 1: FAILED, 3: { state: 'absent', check: 'report on chain', detail: null } } as const) : {};
    const previous = seeded.get(epoch - 1)?.stored ?? null;
    seeded.set(epoch, await addNetworkEpoch({ epoch, nodes: NODES, root, standing, previous, stored: epoch === 6 }));
  }
  const change = { url: `https://x/${HOSTILE}`, gpuClass: `<b>h</b>` };
  await store().observe(
    {
      epoch: 8,
      policyHash: seeded.get(6)?.root.policyHash ?? '0x',
      nodeCount: 60,
      seats: [0, 1, 2, 3].map(seatOf),
      beacon: null,
    },
    NODES.map((index) => networkNode(index, index === 0 ? change : {})),
  );
  await store().disagree({ epoch: 6, round: 0, validator: operatorOf(2), detail: `node 3: scorePpm 1 / 2 ${HOSTILE}` });
  const proof = { kind: 'two-roots', validator: operatorOf(3) } as never;
  await store().addFault({
    ...{ faultKey: hashOf('fault', 1), kind: 'two-roots', offender: operatorOf(3), epoch: 6, state: 'proven', proof },
    detail: `two roots for round 0 ${HOSTILE}`,
    foundAtMs: 0,
  });
  await store().addFault({
    ...{ faultKey: hashOf('fault', 2), kind: 'two-receipts', offender: nodeIdOf(6), epoch: 4, state: 'executed', proof },
    detail: 'Slash 1 was executed: 500 units.',
    foundAtMs: 0,
  });
  await addEpoch({ epoch: 6, nodes: [0, 1], slots: 3 });
}, 60_000);

async function pageText(site: typeof gateway, path: string, status = 200): Promise<string> {
  const answer = await site.get(path);
  expect([path, answer.status]).toEqual([path, status]);
  const html = await answer.text();
  expect(site.faults).toEqual([]);
  return html.replaceAll(/\s+/g, ' ');
}

const pages = ['/', '/network', '/consensus/6', '/consensus/5', `/validators/${operatorOf(1)}`, `/nodes/${nodeIdOf(0)}`];

describe('the network’s page', () => {
  test.each([
    ['a gateway', gateway, '/'],
    ['a validator', validator, '/network'],
  ] as const)('of %s: grades, validators and why they are left out, roots, faults', async (_, site, path) => {
    const html = await pageText(site, path);
    for (const words of [
      '4 validators audit',
      '≥ 98.5 %',
      'of 412',
      'tier&nbsp;A',
      'tier A',
      'not enough data yet',
      '12 nodes',
      'It posted no report before the deadline.',
      'failed a check',
      'the seed does not lead to the last one',
      'skipped',
      'disputed',
      'node 3: scorePpm 900000 / 800000',
      '3 of 4 seats signed, 75 % of the weight',
      'Two roots signed for one round',
      'the slash waits for its delay',
      'stake was slashed',
      'It cannot show',
      `/validators/${operatorOf(3)}`,
      `/nodes/${nodeIdOf(6)}`,
      '/consensus/6',
    ]) {
      expect(html).toContain(words);
    }
  });
  test('is ranked: the best first, without enough data last, each node once over its pages', async () => {
    const seen: string[] = [];
    let path: string | null = '/';
    for (let pages = 0; path !== null; pages++) {
      expect(pages).toBeLessThan(5);
      const html: string = await pageText(gateway, path);
      seen.push(...[...html.matchAll(/>Node (\d+)<\/a>/g)].map(([, index]) => index ?? ''));
      path = /href="(\/\?cursor=[^"]+)#nodes" rel="next"/.exec(html)?.[1] ?? null;
    }
    expect(seen).toHaveLength(60);
    expect(new Set(seen).size).toBe(60);
    const kind = (index: string): number => (Number(index) % 5 === 4 ? 2 : Number(index) % 7 === 6 ? 1 : 0);
    expect(seen.map(kind)).toEqual(seen.map(kind).toSorted((a, b) => a - b));
  });
  test('before anything was agreed on says what comes', async () => {
    const early = siteAt(revealMs(2) - 1000, gatewayPorts(revealMs(2) - 1000));
    expect(await pageText(early, '/')).toContain('have not agreed on any epoch yet');
    expect(await pageText(siteAt(0, gatewayPorts(0)), '/')).toContain('No epoch is public yet');
  });
  test('a validator’s own page stays its own and leads to the network’s', async () => {
    const html = await pageText(validator, '/');
    expect(html).toContain('4 validators audit these nodes');
    expect(html).toContain('href="/network"');
    expect(await pageText(validator, '/epochs/6')).toContain('href="/consensus/6"');
  });
});

describe('an epoch’s page', () => {
  test('a root: who signed, whose report counts, why not, the first difference, the command', async () => {
    const html = await pageText(gateway, '/consensus/6');
    const { rootHash, root } = seeded.get(6) ?? { rootHash: '', root: null };
    for (const words of [
      'one root over all scores stands on chain',
      rootHash,
      root?.scoreRoot ?? '',
      root?.reportSetHash ?? '',
      hashOf('posted', 6),
      '2 of 4',
      'left&nbsp;out',
      'seed chain',
      'node 3: scorePpm 1 / 2',
      'verify --epoch 6 --consensus --api https://assay.test',
      '/v1/consensus/6/scores',
    ]) {
      expect(html).toContain(words);
    }
  });
  test('disputed, skipped, open, unknown', async () => {
    expect(await pageText(gateway, '/consensus/5')).toContain('computes another one');
    expect(await pageText(gateway, '/consensus/3')).toContain('No two thirds of the weight agreed in time');
    expect(await pageText(gateway, `/consensus/${String(LAST)}`)).toContain('still comparing');
    expect(await pageText(gateway, '/consensus/0', 404)).toContain('/v1/consensus');
    expect(await pageText(gateway, '/consensus/99', 404)).toContain('is public before');
  });
  test('on a gateway an epoch’s own page leads to the network’s', async () => {
    const answer = await gateway.get('/epochs/6');
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/consensus/6']);
  });
});

describe('validators and nodes', () => {
  test('a validator: weight, accuracy, coverage, reward, each archive with its reason', async () => {
    const html = await pageText(gateway, `/validators/${operatorOf(1)}`);
    for (const words of [
      'It holds 25 % of the weight',
      'seed chain',
      'failed a check',
      'checked and mirrored',
      '39 of 40',
      '13.5',
    ])
      expect(html).toContain(words);
    expect(await pageText(gateway, `/validators/0x${'ab'.repeat(20)}`, 404)).toContain('/v1/validators');
  });
  test('a node: the verdict in one sentence, the counts behind it by validator', async () => {
    for (const site of [gateway, validator]) {
      const html = await pageText(site, `/nodes/${nodeIdOf(0)}`);
      expect(html).toContain('At least 98.5 % pass (95 % sure), from 412 audits by 4 validators.');
      for (const seat of [0, 1, 2, 3]) expect(html).toContain(`/validators/${operatorOf(seat)}`);
      expect(html).toContain('/v1/consensus/6/scores/0');
    }
    expect(await pageText(gateway, `/nodes/${nodeIdOf(4)}`)).toContain('Not enough data: 7 audits so far.');
    expect(await pageText(gateway, `/nodes/${nodeIdOf(0)}`)).not.toContain('Why audits failed');
  });
});

describe('what is never on a page', () => {
  test('markup of others, scripts, other origins; and nothing is large', async () => {
    for (const site of [gateway, validator]) {
      for (const path of pages) {
        const answer = await site.get(path);
        const html = await answer.text();
        expect([path, answer.status]).toEqual([path, 200]);
        expect(html).not.toMatch(/<script(?! src="\/assets\/[0-9a-f]{10}\.js" defer>)|<b>h|\sstyle="|\son[a-z]+="|<style/i);
        expect(html.match(/(?:src|href)="(?:https?:)?\/\/[^"]*"/g)).toBeNull();
        const packed = await new Response(new Blob([html]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
        expect([path, packed.byteLength < 20_000]).toEqual([path, true]);
      }
    }
  });
  test('with 1,000 nodes and 31 validators each page stays under 100 kB', async () => {
    const epoch = LAST + 3;
    const nodes = Array.from({ length: 1000 }, (_, index) => index);
    await addNetworkEpoch({ epoch, nodes, seatCount: 31, signed: 2 ** 31 - 1 });
    const big = siteAt(revealMs(epoch), gatewayPorts(revealMs(epoch)));
    for (const path of ['/', `/consensus/${String(epoch)}`, `/nodes/${nodeIdOf(0)}`]) {
      const html = await (await big.get(path)).text();
      expect([path, html.length < 100_000]).toEqual([path, true]);
    }
    expect(await (await big.get('/')).text()).toContain('31 of 31 seats signed, 100 % of the weight');
    expect(big.faults).toEqual([]);
    await bindings.DB.prepare('DELETE FROM roots WHERE epoch = ?').bind(epoch).run();
  }, 60_000);
});
