// The pages about nodes over D1 as validators leave it: one node in both roles, several side by side, one operator's; what a reader's browser may
// connect to; that the browser's check holds for what is served; and that nothing hidden, hostile or large is on any of them.
import { beforeAll, describe, expect, test } from 'vitest';
import { checkLeaves, type LeafStep } from '../../../chain/leaf-check.ts';
import { nodeIdOf } from '../support/ledger-rows.ts';
import { networkNode, type SeededNetwork } from '../support/network-rows.ts';
import { bindings, freshDatabase, gatewayPorts, REGISTRY, revealMs, siteAt, type Site } from '../support/web-env.ts';
import { addProfileEpoch, nodesUpTo } from '../profiles/seed.ts';

const PACKED_BYTES_MAX = 100_000;
const NODES = nodesUpTo(40);
const gateway = siteAt(revealMs(7), gatewayPorts(revealMs(7)));
const validator = siteAt(revealMs(7));
const OPERATOR = networkNode(3).operator;
const HOSTILE = `"><script>alert(1)</script>`;
let seeded: SeededNetwork;

async function pageOf(site: Site, path: string, status = 200): Promise<string> {
  const answer = await site.get(path);
  const html = new TextDecoder().decode(await answer.arrayBuffer());
  expect([path, answer.status, html.length > 0, site.faults]).toEqual([path, status, true, []]);
  return html.replaceAll(/\s+/g, ' ');
}

beforeAll(async () => {
  await freshDatabase();
  await addProfileEpoch({ epoch: 5, nodes: NODES });
  seeded = await addProfileEpoch({ epoch: 6, nodes: NODES });
  // Not public yet at the moment that the sites are asked.
  await addProfileEpoch({ epoch: 9, nodes: NODES });
}, 60_000);

describe('a node’s page', () => {
  test.each([
    ['a gateway', gateway],
    ['a validator', validator],
  ])('of %s: grade, sentence, numbers, regions, audits, proof', async (_, site) => {
    const html = await pageOf(site, `/nodes/${nodeIdOf(0)}`);
    for (const words of [
      '<h1>',
      'id="correctness"',
      '98.5 %',
      'Asia and Pacific',
      'From where it is reached',
      'verify --epoch 6 --node 0 --api https://assay.test',
      '/v1/consensus/6/scores/0',
      `/badges/nodes/${nodeIdOf(0)}.svg`,
      'At least 98.5 % pass (95 % sure), from 412 audits by 4 validators.',
    ]) {
      expect(html).toContain(words);
    }
    expect(html.includes('In this validator’s own audits')).toBe(site === validator);
    expect(html).not.toContain('poch 9');
  });
  test('of a node that gives wrong results says so first', async () => {
    const html = await pageOf(gateway, `/nodes/${nodeIdOf(6)}`);
    expect(html).toContain('Failing.');
    expect(html).toContain('Wrong result');
    expect(html).toContain('not the product it was asked to compute');
  });
  test('takes a range, and refuses what is none', async () => {
    expect(await pageOf(gateway, `/nodes/${nodeIdOf(0)}?range=24h`)).toContain('range=24h#history" aria-current="true"');
    expect(await pageOf(gateway, `/nodes/${nodeIdOf(0)}?range=1y`, 400)).toContain('range');
    await pageOf(gateway, `/nodes/${nodeIdOf(900)}`, 404);
  });
  test('may read from an RPC of the reader’s choice, and no other page may', async () => {
    const policyOf = async (path: string): Promise<string> =>
      (await gateway.get(path)).headers.get('content-security-policy') ?? '';
    const own = await policyOf(`/nodes/${nodeIdOf(0)}`);
    expect(own).toContain("connect-src 'self' https: http://127.0.0.1:* http://localhost:*");
    expect(own).toContain("script-src 'self'");
    expect(own).not.toMatch(/unsafe| \*/);
    for (const path of ['/compare', `/operators/${OPERATOR}`, '/']) expect(await policyOf(path)).not.toContain('https:');
  });
  test('loads scripts that are there and never change', async () => {
    const html = await pageOf(gateway, `/nodes/${nodeIdOf(0)}`);
    const paths = [...html.matchAll(/<script src="([^"]+)" defer>/g)].map(([, path]) => path ?? '');
    expect(paths).toHaveLength(2);
    for (const path of paths) {
      const answer = await gateway.get(path);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
      expect(answer.headers.get('content-type')).toContain('text/javascript');
      await answer.arrayBuffer();
    }
  });
});

describe('the browser’s check of what is served', () => {
  const verify = async (scoreRoot: string) => {
    const steps: LeafStep[] = [];
    const view = [`${'0'.repeat(63)}1`, 'aa'.repeat(32), scoreRoot.slice(2), ...Array.from({ length: 7 }, () => '00'.repeat(32))];
    const ports = {
      api: async (path: string) => (await gateway.get(path)).json(),
      rpc: async (method: string) => (method === 'eth_chainId' ? '0x7a69' : `0x${view.join('')}`),
    };
    const task = { epoch: 6, nodeIndex: 3, nodeId: nodeIdOf(3), registry: REGISTRY, chainId: 31_337, shown: {} };
    return { outcome: await checkLeaves(ports, task, (step) => steps.push(step)), last: steps.at(-1)?.detail };
  };
  test('holds against the root that was posted, and against no other', async () => {
    expect((await verify(seeded.root.scoreRoot)).outcome).toBe('verified');
    const { outcome, last } = await verify(`0x${'cd'.repeat(32)}`);
    expect([outcome, last]).toEqual(['differs', expect.stringContaining('on chain stands 0xcdcd')]);
  });
});

describe('nodes side by side', () => {
  test('by number and by id', async () => {
    const html = await pageOf(gateway, `/compare?nodes=0,%20${nodeIdOf(1)}%206`);
    expect(html).toContain('Nodes 0, 1, 6 compared');
    expect(html).toContain('From Asia and Pacific');
    expect(html).toContain('class="best"');
  });
  test('what is not there, twice there, or too many, is said', async () => {
    expect(await pageOf(gateway, '/compare')).toContain('<form class="ask"');
    expect(await pageOf(gateway, '/compare?nodes=3,3,0x12')).toContain('One node alone is not a comparison');
    expect(await pageOf(gateway, '/compare?nodes=0,999')).toContain('No node 999 is in effect');
    expect(await pageOf(gateway, '/compare?nodes=0,1,2,3,5,8')).toContain('Only the first 4');
    expect(await pageOf(gateway, `/compare?nodes=${encodeURIComponent(HOSTILE)}`)).not.toContain('<script>alert');
    await pageOf(gateway, `/compare?nodes=${'1,'.repeat(300)}`, 400);
  });
});

describe('an operator’s page', () => {
  test('lists its nodes; an unknown one is explained', async () => {
    const html = await pageOf(gateway, `/operators/${OPERATOR}`);
    expect(html).toContain('1 node:');
    expect(html).toContain(`/nodes/${nodeIdOf(3)}`);
    expect(await pageOf(gateway, `/operators/0x${'ab'.repeat(20)}`, 404)).toContain('no node in effect');
    await pageOf(gateway, '/operators/me', 400);
  });
});

test('nothing hostile, inline or large is on any page', async () => {
  const change = 'UPDATE node_versions SET url = ?1, gpu_class = ?2 WHERE node_index IN (0, 3)';
  await bindings.DB.prepare(change).bind(`https://x/${HOSTILE}`, HOSTILE).run();
  expect(await pageOf(gateway, `/nodes/${nodeIdOf(0)}`)).toContain('&quot;&gt;&lt;script&gt;');
  for (const site of [gateway, validator]) {
    for (const path of [`/nodes/${nodeIdOf(0)}?range=90d`, '/compare?nodes=0,1,2,3', `/operators/${OPERATOR}`]) {
      const html = await pageOf(site, path);
      expect(html.replaceAll(/<script src="\/assets\/[0-9a-f]{10}\.js" defer><\/script>/g, '')).not.toMatch(
        /<script|\sstyle="|\son[a-z]+="|<style/i,
      );
      expect(html.match(/(?:src|href)="(?:https?:)?\/\/[^"]*"/g)).toBeNull();
      const packed = await new Response(new Blob([html]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
      expect([path, packed.byteLength < PACKED_BYTES_MAX]).toEqual([path, true]);
    }
  }
});
