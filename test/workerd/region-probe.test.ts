// Presence from a region: the real object, asked through its binding, against a node on this machine.
import { beforeEach, describe, expect, inject, it } from 'vitest';
import { placementOf, regionProbes, regionStub, type RegionStub } from '../../workers/adapters/regions.ts';
import { composeRegion } from '../../workers/compose.ts';
import {
  PROBES_IN_FLIGHT_MAX,
  REGION_ANSWER_BYTES_MAX,
  REGION_DEADLINE_MS_MAX,
  REGION_REQUEST_BYTES_MAX,
} from '../../workers/limits.ts';
import { postFromRegion, type RegionRequest } from '../../workers/services/region.ts';
import { bindings, fresh } from './support/bindings.ts';
import type {} from './support/provided.ts';

const NODE = inject('loopbackNode');
const BODY = Uint8Array.of(1, 2, 3, 4);
const PATH = '/v1/challenges';
const regions = regionProbes((region) => regionStub(bindings.REGION_PROBE, region));
const limitsOf = (change: Partial<RegionRequest['limits']> = {}): RegionRequest['limits'] => ({
  ...{ bytesMax: 1000, deadlineMs: 3000, sendBeforeMs: Date.now() + 2000, ...change },
});
const ask = (how: string, change: Partial<RegionRequest['limits']> = {}, region = 'weur') =>
  regions.post(region, `${NODE}/${how}`, PATH, BODY, limitsOf(change));

beforeEach(fresh);

describe('a region', () => {
  it('sends the bytes, and takes the time where it is', async () => {
    const reply = await ask('echo');
    expect(reply?.answer).toEqual({ ok: true, bytes: BODY });
    expect(reply?.elapsedMs).toBeGreaterThanOrEqual(1);
    const path = await ask('path');
    expect(path?.answer.ok === true && new TextDecoder().decode(path.answer.bytes)).toBe('POST /path/v1/challenges');
    const slow = await ask('slow');
    expect(slow?.answer.ok).toBe(true);
    expect(slow?.elapsedMs).toBeGreaterThanOrEqual(100); // the node waits for longer
  });

  it.each([
    ['refused', 'refused', {}],
    ['redirect', 'redirect', {}],
    ['large', 'oversize', {}],
    ['silent', 'timeout', { deadlineMs: 200 }],
  ] as const)('says of a node that is %s: %s', async (how, reason, change) => {
    expect((await ask(how, change))?.answer).toEqual({ ok: false, reason });
  });

  it('stands behind the guard, as every request to an address that others supplied', async () => {
    const { post } = regions;
    for (const url of [
      'http://localhost:1',
      'http://10.0.0.1',
      'https://user:pass@node.example',
      `${NODE}/echo?x=`,
      'nonsense',
    ]) {
      expect((await post('weur', url, PATH, BODY, limitsOf()))?.answer).toEqual({ ok: false, reason: 'unreachable' });
    }
  });

  it('that is asked too late sends nothing, and says nothing of the node', async () => {
    expect(await ask('echo', { sendBeforeMs: Date.now() - 1 })).toBeNull();
  });

  it('is one object a name, each on its own', async () => {
    const { REGION_PROBE } = bindings;
    expect(REGION_PROBE.idFromName('weur').toString()).not.toBe(REGION_PROBE.idFromName('enam').toString());
    const replies = await Promise.all(['weur', 'enam', 'here', 'x1'].map((region) => ask('echo', {}, region)));
    expect(replies.map((reply) => reply?.answer.ok)).toEqual([true, true, true, true]);
  });

  it('has no more than its six connections at once', async () => {
    const replies = await Promise.all(Array.from({ length: 14 }, () => ask('slow')));
    for (const reply of replies) expect(reply?.answer.ok).toBe(true);
    const most = await ask('most');
    const together = most?.answer.ok === true ? (most.answer.bytes[0] ?? 0) : 0;
    expect(together).toBeGreaterThan(1);
    expect(together).toBeLessThanOrEqual(PROBES_IN_FLIGHT_MAX);
  });
});

describe('what a region refuses', () => {
  const request: RegionRequest = { url: `${NODE}/echo`, path: PATH, body: BODY, limits: limitsOf() };
  const stub = () => regionStub(bindings.REGION_PROBE, 'weur');

  it.each<[string, Partial<RegionRequest>]>([
    ['a body over a challenge’s size', { body: new Uint8Array(REGION_REQUEST_BYTES_MAX + 1) }],
    ['another path', { path: '/v1/openings' }],
    ['a long address', { url: `https://${'x'.repeat(300)}.example` }],
    ['a large answer', { limits: limitsOf({ bytesMax: REGION_ANSWER_BYTES_MAX + 1 }) }],
    ['a long deadline', { limits: limitsOf({ deadlineMs: REGION_DEADLINE_MS_MAX + 1 }) }],
    ['no deadline', { limits: limitsOf({ deadlineMs: Number.NaN }) }],
  ])('%s', async (_what, change) => {
    await expect(postFromRegion(composeRegion(bindings), { ...request, ...change })).rejects.toThrow('nothing larger');
    const { url, path, body, limits } = { ...request, ...change };
    expect(await regionProbes(stub).post('weur', url, path, body, limits)).toBeNull();
  });
});

describe('a region that is not to be had', () => {
  const broken = (work: RegionStub['post']): RegionStub => ({
    post: work,
    control: () => Promise.reject(new Error('overloaded')),
  });

  it('is ours: null, and no line', async () => {
    const gone = regionProbes(() => broken(() => Promise.reject(new Error('the object was replaced'))));
    expect(await gone.post('weur', NODE, PATH, BODY, limitsOf())).toBeNull();
    expect(await gone.control('weur')).toBe(false);
    const none = regionProbes(() => {
      throw new Error('no such namespace');
    });
    expect(await none.post('weur', NODE, PATH, BODY, limitsOf())).toBeNull();
  });

  it('knows no network before the Worker has joined one, so it has no line to speak of', async () => {
    expect(await regions.control('weur')).toBe(false);
  });
});

it('is placed where the platform has a place of that name, and nowhere in particular otherwise', () => {
  const hints = ['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'];
  for (const hint of hints) expect(placementOf(hint)).toEqual({ locationHint: hint });
  for (const label of ['here', 'lab1', '']) expect(placementOf(label)).toEqual({});
});
