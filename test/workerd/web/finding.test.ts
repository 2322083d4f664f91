// The network's list as a form: what the address asks for is what the page shows and keeps in its fields; and the pages that say how numbers
// come about and how the service is.
import { beforeAll, describe, expect, test } from 'vitest';
import { METHODOLOGY_VERSION } from '../../../workers/services/profiles/limits.ts';
import { nodeIdOf } from '../support/ledger-rows.ts';
import { addNetworkEpoch, networkNode, operatorOf, store } from '../support/network-rows.ts';
import { bindings, embeddedPolicy, freshDatabase, gatewayPorts, revealMs, siteAt } from '../support/web-env.ts';

const LAST = 3;
const NODES = Array.from({ length: 40 }, (_, index) => index);
const site = siteAt(revealMs(LAST), gatewayPorts(revealMs(LAST)));

beforeAll(async () => {
  await freshDatabase();
  for (let epoch = 2; epoch <= LAST; epoch++) await addNetworkEpoch({ epoch, nodes: NODES });
  const fast = NODES.filter((index) => index % 8 === 0).map((index) => networkNode(index, { gpuClass: 'cpu-fast' }));
  await store().observe({ epoch: 4, policyHash: policyNow(), nodeCount: 40, seats: [], beacon: null }, fast);
}, 60_000);

/** Of the root that was seeded. */
const policyNow = (): `0x${string}` => gatewayPorts(0).settings.policyHash;

async function pageText(path: string, status = 200): Promise<string> {
  const answer = await site.get(path);
  expect([path, answer.status]).toEqual([path, status]);
  return (await answer.text()).replaceAll(/\s+/g, ' ');
}

const shown = (html: string): string[] => [...html.matchAll(/>Node (\d+)<\/a>/g)].map(([, index]) => index ?? '');

describe('the list of nodes', () => {
  test('what a form leaves empty asks for nothing', async () => {
    const all = await pageText('/');
    expect(shown(await pageText('/?q=&class=&region=&tier=&sort=score&cursor='))).toEqual(shown(all));
    expect(all).toContain('40 nodes');
  });
  test('class, search, tier and order', async () => {
    expect(shown(await pageText('/?class=cpu-fast&sort=index'))).toEqual(['0', '8', '16', '24', '32']);
    expect(shown(await pageText(`/?q=${nodeIdOf(7).slice(0, 20)}`))).toEqual(['7']);
    expect(shown(await pageText('/?q=gpu-7.'))).toEqual(['7']);
    const few = shown(await pageText('/?tier=none'));
    expect(few.length).toBe(8);
    for (const index of few) expect(Number(index) % 5).toBe(4);
  });
  test('the fields keep what was asked, as text', async () => {
    const html = await pageText(`/?q=${encodeURIComponent('"><script>')}&class=cpu-fast&tier=A`);
    expect(html).toContain('value="&quot;&gt;&lt;script&gt;"');
    expect(html).toContain('<option value="cpu-fast" selected>');
    expect(html).toContain('<option value="A" selected>');
    expect(html).toContain('No node is like that.');
  });
  test('what no form sends is refused with its name', async () => {
    expect(await pageText('/?class=has%20space', 400)).toContain('class:');
    expect(await pageText('/?sort=price', 400)).toContain('sort:');
    expect(await pageText('/?cursor=zzz', 400)).toContain('cursor');
  });
  test('a cursor is good for its own filters only', async () => {
    const html = await pageText('/');
    const next = /cursor=([^"#&]+)#nodes" rel="next"/.exec(html)?.[1] ?? '';
    expect(shown(await pageText(`/?cursor=${next}`)).length).toBe(15);
    expect(await pageText(`/?class=cpu-fast&cursor=${next}`, 400)).toContain('cursor');
  });
  test('ticked nodes go to the comparison', async () => {
    const html = await pageText('/compare?n3=3&n8=8');
    for (const index of [3, 8]) expect(html).toContain(`/nodes/${nodeIdOf(index)}`);
  });
});

describe('how numbers come about', () => {
  test('says the policy’s own numbers and the version of the method', async () => {
    const html = await pageText('/methodology');
    const { consensus, schedule, classes } = embeddedPolicy();
    expect(html).toContain(`Methodology ${METHODOLOGY_VERSION}`);
    for (const words of [
      `${schedule.auditsPerNodePerDay.toLocaleString('en')} times a day`,
      `last ${String(consensus.windowEpochs)} epochs`,
      `Under ${String(consensus.samplesMin)} audits there is no grade`,
      'A from 85 %, B from 70 %, C from 40 %',
      'no more than 20 %',
      'fewer than 4 seats',
      'It cannot show',
      ...classes.map(({ name }) => name),
    ]) {
      expect(html).toContain(words);
    }
  });
});

describe('how the service is', () => {
  test('all well, with every validator’s archives', async () => {
    const html = await pageText('/status');
    expect(html).toContain('All steps of this service run.');
    expect(html).toContain('2 of 2 checked and mirrored');
    expect(html).toContain(`/validators/${operatorOf(0)}`);
  });
  const broken = (): null => {
    throw new Error('secret words');
  };
  test.each([
    ['no key', (): null => null, 'has set no key'],
    ['a malformed key', broken, 'is malformed'],
  ] as const)('alerts with %s', async (_, vault, words) => {
    const ports = gatewayPorts(revealMs(LAST));
    const deaf = siteAt(revealMs(LAST), { ...ports, alerts: { ...ports.alerts, vault } });
    const html = await (await deaf.get('/status')).text();
    expect(html).toContain('This service sends no alerts');
    expect(html).toContain(words);
    expect(html).not.toContain('secret words');
  });
  test('a step in trouble is named with its code, not with its message', async () => {
    await bindings.DB.prepare(
      `INSERT INTO troubles (step, code, message, since, last) VALUES ('mirror', 'unavailable', 'secret words', 1790000000000, 1790000060000)`,
    ).run();
    const html = await pageText('/status');
    expect(html).toContain('1 step of this service has trouble.');
    expect(html).toContain('fetches the other validators’ archives');
    expect(html).toContain('unavailable');
    expect(html).not.toContain('secret words');
  });
});
