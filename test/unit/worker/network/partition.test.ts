// A network that is cut in two from the reveal of an epoch until its rounds are over: real archives, real mirroring, real agreement. The
// epoch has no root of its own then, and all of its reports are in the next one's set.
import { describe, expect, it } from 'vitest';
import { rootDigest, rootHash } from '../../../../protocol/consensus/root.ts';
import { roundStart } from '../../../../protocol/consensus/rounds.ts';
import { epochStart } from '../../../../protocol/schedule.ts';
import { signDigest, signerAddress } from '../../../../protocol/signer.ts';
import type { Hex } from '../../../../protocol/bytes.ts';
import { tellable } from '../../../../schema/wire/network.ts';
import { leavesKey } from '../../../../workers/services/network/agree-sets.ts';
import { networkTick } from '../../../../workers/services/network/network-tick.ts';
import type { NetworkContext, NetworkPorts } from '../../../../workers/services/network/ports.ts';
import { networkSteps } from '../../../../workers/services/network/steps.ts';
import type { IntentState } from '../../../../workers/services/ports.ts';
import { beacon, buildEpoch, type EpochFixture } from '../../../support/epoch.ts';
import { memoryObjects } from '../memory.ts';
import { EPOCH, PEERS, honest, jsonBytes, operatorOf, peerWorld, postedOf, servedBy, urlOf } from './rig.ts';
import { simChain } from './sim/chain.ts';
import { memoryNetwork } from './store.ts';

const ALL = Array.from({ length: PEERS }, (_, index) => index);
const { domain, clock, policy, nodes } = peerWorld(0);
/** When the reports of an epoch are posted, a second after its end. */
const posting = (epoch: number): number => 1000 * epochStart(clock, epoch + 1);

const after = (index: number): EpochFixture =>
  buildEpoch(peerWorld(index, { epoch: EPOCH + 1, previous: honest(index).facts.stored.reportHash }));

type Member = { readonly context: NetworkContext; readonly answer: (path: string) => Promise<Uint8Array | null> };

function network() {
  const now = { ms: posting(EPOCH), groups: [ALL] };
  const fixtures = ALL.map((index) => [honest(index), after(index)]);
  const seats = ALL.map((index) => ({
    ...{ operator: operatorOf(index), signer: signerAddress(peerWorld(index).signerKey), url: urlOf(index), stake: 100n },
  }));
  const chain = simChain({ domain, clock, policies: [policy], seats, nodes, nowMs: () => now.ms });
  const members: Member[] = [];

  function memberOf(index: number): Member {
    const { store, stored } = memoryNetwork();
    const objects = memoryObjects();
    const own = fixtures[index] ?? [];
    const served = new Map(own.flatMap((fixture) => [...servedBy(fixture)]));
    for (const { manifest } of own)
      for (const round of [manifest.beacon, ...manifest.rounds]) stored.rounds.set(round.round, round);
    for (const [path, bytes] of served) objects.all.set(`archive/${path.split('/0x')[1] ?? ''}`, bytes);
    for (const { rows, transcripts } of own) {
      for (const { epoch, slot, draw, transcriptHash } of rows) {
        const bytes = transcripts.get(transcriptHash);
        if (bytes === undefined) continue;
        const key = `transcripts/${epoch}/${slot}/${draw}`;
        objects.all.set(key, bytes);
        stored.transcripts.set(`${epoch}/${slot}/${draw}`, { key, offset: 0, length: bytes.length });
      }
    }
    const intents = new Map<string, IntentState>();
    const ports: NetworkPorts = {
      clock: { nowMs: () => now.ms, until: async () => undefined },
      chain: chain.viewOf(() => 0),
      beacon: { round: async (round) => beacon.sign(round), control: async () => true },
      peers: {
        get: async (base, path) => {
          const peer = ALL.findIndex((other) => urlOf(other) === base);
          const hears = now.groups.some((group) => group.includes(index) && group.includes(peer));
          return hears ? ((await members[peer]?.answer(path)) ?? null) : null;
        },
      },
      ...{ objects, store, random: (bytes) => new Uint8Array(bytes).fill(index) },
      member: {
        operator: operatorOf(index),
        signRoot: async (root) => {
          const signature = signDigest(rootDigest(domain, root), peerWorld(index).signerKey);
          return { root, validator: operatorOf(index), signature };
        },
        submit: async (key, call) => {
          if (intents.has(key)) return;
          const reason = chain.execute(operatorOf(index), call);
          const done = { state: 'confirmed', transactionHash: `0x${'00'.repeat(32)}`, blockNumber: 1 } as const;
          intents.set(key, reason === null ? done : { state: 'rejected', reason });
        },
        state: async (key) => intents.get(key) ?? { state: 'unknown' },
        ...{ nextPolicyHash: null, watchFaults: false },
      },
    };
    return {
      context: { domain, clock, policyOf: () => policy, ports },
      answer: async (path) => {
        const { pathname, searchParams } = new URL(path, 'https://peer.example');
        const [, , kind, what = '', part] = pathname.split('/');
        if (kind === 'objects') return objects.get(`archive/${what.slice(2)}`);
        if (kind === 'report-sets') {
          const reports = await store.reportSet(what as Hex);
          return reports === null ? null : jsonBytes({ reports });
        }
        if (part === 'leaves') return objects.get(leavesKey((searchParams.get('root') ?? '0x') as Hex));
        if (part !== 'statements') return served.get(path) ?? null;
        return jsonBytes(tellable({ statements: (await store.statements(Number(what))).map(({ statement }) => statement) }));
      },
    };
  }
  members.push(...ALL.map(memberOf));
  return {
    ...{ now, chain, members },
    post: (epoch: number) => {
      for (const fixture of fixtures.flat()) if (fixture.facts.epoch === epoch) chain.post(postedOf(fixture));
    },
    until: async (endMs: number) => {
      for (; now.ms < endMs; now.ms += 1000) {
        for (const { context } of members) await networkTick(context, { note: async () => undefined }, networkSteps, now.ms);
      }
    },
    states: async (epoch: number) =>
      Promise.all(
        members.map(async ({ context }) => (await context.ports.store.mirrors(epoch, epoch)).map(({ state }) => state).join(' ')),
      ),
  };
}

describe('a partition from the reveal of an epoch until its rounds are over', () => {
  it('costs that epoch its root; once it heals all of its reports are in the next one’s set', { timeout: 120_000 }, async () => {
    const net = network();
    net.now.groups = [
      [0, 1],
      [2, 3],
    ];
    net.post(EPOCH);
    await net.until(posting(EPOCH + 1));
    net.post(EPOCH + 1);
    const closedMs = 1000 * roundStart(clock, policy, EPOCH + 1, 0);
    await net.until(closedMs + 1000);
    expect(net.chain.roots).toEqual([]);
    expect(await net.states(EPOCH)).toEqual([
      ...['verified verified waiting waiting', 'verified verified waiting waiting'],
      ...['waiting waiting verified verified', 'waiting waiting verified verified'],
    ]);
    net.now.groups = [ALL];
    await net.until(1000 * roundStart(clock, policy, EPOCH + 2, 0));
    const [root, ...more] = net.chain.roots;
    expect([root?.root.epoch, more]).toEqual([EPOCH + 1, []]);
    expect(await net.states(EPOCH)).toEqual(Array(PEERS).fill('verified verified verified verified'));
    for (const { context } of net.members) {
      const { store } = context.ports;
      expect(await store.lastRoot()).toMatchObject({ state: 'final', note: null, rootHash: root && rootHash(root.root) });
      const entries = (await store.reportSet(root?.root.reportSetHash ?? '0x')) ?? [];
      expect(entries.map(({ epoch, validator }) => [epoch, validator])).toEqual(
        [EPOCH, EPOCH + 1].flatMap((epoch) => ALL.map((index) => [epoch, operatorOf(index)])),
      );
    }
  });
});
