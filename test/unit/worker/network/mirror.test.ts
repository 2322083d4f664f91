// Mirroring: honest archives verify, lies are named, and what cannot be had is waited for without holding up anybody else.
import { describe, expect, it } from 'vitest';
import { tallyRows } from '../../../../protocol/consensus/tally.ts';
import { MEMBER_STEP, drawsPerEpoch } from '../../../../protocol/schedule.ts';
import { requireSize } from '../../../../workers/services/network/replay-facts.ts';
import { mirrorDue, retryGap } from '../../../../workers/services/network/mirror.ts';
import { takeReport } from '../../../../workers/services/network/mirror-take.ts';
import { flipped } from '../../../support/behaviours.ts';
import { buildEpoch, type EpochFixture, type World } from '../../../support/epoch.ts';
import { resealed } from '../../../support/replay.ts';
import {
  EPOCH,
  OVER_MS,
  PEERS,
  REVEALED_MS,
  honest,
  honestPeers,
  hashOfBytes,
  observerOf,
  operatorOf,
  peerWorld,
  peersWith,
  urlOf,
  versed,
  type Observer,
} from './rig.ts';
import { mixedPolicy, mixedWorld } from '../../../support/world.ts';
import { storedTallies } from '../../../support/tallies.ts';

const PATIENT = { timeout: 30_000 };
const OTHERS = [1, 2, 3];
const tick = (observer: Observer): Promise<void> => mirrorDue(observer.context, observer.clock.nowMs);
const objectPath = (hash: string): string => `/v1/objects/${hash}`;
const archivePath = (index: number): string => objectPath(honest(index).facts.report.archiveHash);
const VERIFIED = { state: 'verified', check: null, detail: null };

describe('archives of all kinds', { timeout: 60_000 }, () => {
  /** Every transcript is looked into. */
  const policy = { ...mixedPolicy, consensus: { ...mixedPolicy.consensus, replayTranscripts: 2_000 } };
  const { nodes, behaviour } = mixedWorld();
  const signerKey = (index: number): Uint8Array => new Uint8Array(32).fill(3 + index);
  const built = new Map<string, EpochFixture>();
  const mixed = (index: number, rival: World['rival']): EpochFixture => {
    const key = `${String(index)} ${rival.operator}`;
    const fixture = built.get(key) ?? buildEpoch(peerWorld(index, { policy, validatorCount: 2, rival, nodes, behaviour }));
    built.set(key, fixture);
    return fixture;
  };
  const seated = (index: number): World['rival'] => ({ operator: operatorOf(index), signerKey: signerKey(index) });

  it('are verified: cohorts, presence, memory, and busy held against the seat of the rival', async () => {
    const fixtures = [mixed(0, seated(1)), mixed(1, seated(0))];
    const observer = versed(observerOf(fixtures), fixtures);
    await tick(observer);
    expect([observer.stateOf(0), observer.stateOf(1)]).toEqual([VERIFIED, VERIFIED]);
    const rows = fixtures[1]?.rows ?? [];
    expect(rows.filter(({ reason }) => reason === 'busy').length).toBeGreaterThan(0);
    expect(rows.filter(({ draw }) => draw >= MEMBER_STEP).length).toBeGreaterThan(0);
    const tallies = await storedTallies(observer.ports.store, EPOCH, operatorOf(1));
    expect(tallies).toEqual(tallyRows(rows));
    const sumOf = (count: 'fills' | 'present' | 'absent' | 'busy'): number =>
      tallies.reduce((sum, tally) => sum + tally[count], 0);
    for (const count of ['fills', 'present', 'absent', 'busy'] as const) expect(sumOf(count)).toBeGreaterThan(0);
  });

  it('are not where the rival that made a node busy has no seat', async () => {
    const nobody = { operator: operatorOf(3), signerKey: signerKey(3) };
    const fixtures = [mixed(0, seated(1)), mixed(1, nobody)];
    const observer = versed(observerOf(fixtures), fixtures);
    await tick(observer);
    expect(observer.stateOf(0)).toEqual(VERIFIED);
    expect(observer.stateOf(1)).toMatchObject({ state: 'failed', check: 'transcripts' });
  });

  it('with more records than cohorts can have are not fetched', () => {
    const { facts, manifest } = mixed(1, seated(0));
    const draws = drawsPerEpoch({ ...facts, policy, nodeCount: facts.nodes.length });
    const first = manifest.chunks[0];
    if (first === undefined) throw new Error('an archive without chunks');
    const most = 3 * draws;
    const sized = (records: number) => ({ ...manifest, chunks: [{ ...first, records, bytes: 1000 }] });
    expect(() => requireSize(facts, policy, sized(most))).not.toThrow();
    expect(() => requireSize(facts, policy, sized(most + 1))).toThrow(`at most ${String(most)} records`);
  });
});

describe('honest archives', PATIENT, () => {
  it('are verified, tallied and served on; the own one without the network', async () => {
    const observer = observerOf(honestPeers());
    await tick(observer);
    for (const index of [0, ...OTHERS]) {
      const { facts, rows, manifest } = honest(index);
      expect(observer.stateOf(index)).toEqual(VERIFIED);
      expect(await storedTallies(observer.ports.store, EPOCH, operatorOf(index))).toEqual(tallyRows(rows));
      for (const hash of [facts.report.archiveHash, ...manifest.chunks.map(({ sha256 }) => sha256)]) {
        expect(observer.objects.all.has(`archive/${hash.slice(2)}`)).toBe(true);
      }
      expect(observer.stored.mirrors.get(`${EPOCH}/${operatorOf(index)}`)).toMatchObject({
        ...{ due: facts.report.due, done: facts.report.done, reportHash: facts.stored.reportHash },
        ...{ source: index === 0 ? null : operatorOf(index), attempts: 1 },
      });
    }
    expect(observer.asked.filter(({ url }) => url === urlOf(0))).toEqual([]);
    expect(observer.stored.faults.size).toBe(0);
  });

  it('are verified by a gateway as well, which has no archive of its own', async () => {
    const observer = versed(observerOf(honestPeers(), null));
    await tick(observer);
    expect([0, ...OTHERS].map((index) => observer.stateOf(index))).toEqual(Array(PEERS).fill(VERIFIED));
  });

  it('are not looked at before the reveal, and once afterwards', async () => {
    const observer = versed(observerOf(honestPeers()));
    observer.clock.nowMs = REVEALED_MS - 1;
    await tick(observer);
    expect([observer.asked, observer.stored.mirrors.size]).toEqual([[], 0]);
    observer.clock.nowMs = REVEALED_MS;
    await tick(observer);
    const asked = observer.asked.length;
    observer.clock.nowMs += 3000;
    await tick(observer);
    expect(new Set(observer.asked.slice(asked).map(({ path }) => path))).toEqual(new Set([`/v1/consensus/${EPOCH}/objections`]));
    expect(observer.asked.length).toBe(asked + PEERS - 1);
  });

  it('cost one BLS check for each round, over all of them', async () => {
    const observer = observerOf(honestPeers());
    const kept: number[] = [];
    const { store } = observer.ports;
    const counting = {
      ...store,
      keepRounds: async (rounds: Parameters<typeof store.keepRounds>[0]) => {
        kept.push(...rounds.map(({ round }) => round));
        await store.keepRounds(rounds);
      },
    };
    await mirrorDue(observer.with({ store: counting }), REVEALED_MS);
    const before = kept.length;
    expect(before).toBeGreaterThan(0);
    observer.stored.mirrors.clear();
    await mirrorDue(observer.with({ store: counting }), REVEALED_MS);
    expect(kept.length).toBe(before);
    expect(observer.stateOf(3)).toEqual(VERIFIED);
  });

  it('of settled epochs are left alone', async () => {
    const observer = observerOf(honestPeers());
    const { store } = observer.ports;
    const lastRoot = async () => ({ epoch: EPOCH }) as Awaited<ReturnType<typeof store.lastRoot>>;
    await mirrorDue(observer.with({ store: { ...store, lastRoot } }), REVEALED_MS);
    expect(observer.asked).toEqual([]);
  });
});

describe('an archive that its owner withholds', PATIENT, () => {
  it('is taken from whoever has it, with the hash as the only word', async () => {
    const observer = versed(observerOf(honestPeers()));
    const [, withheld, other] = observer.served;
    for (const [path, bytes] of withheld ?? []) {
      if (!path.startsWith('/v1/audits')) other?.set(path, bytes);
      else other?.set(objectPath(hashOfBytes(bytes)), bytes);
    }
    withheld?.clear();
    await tick(observer);
    expect(observer.stateOf(1)).toEqual(VERIFIED);
    expect(observer.stored.mirrors.get(`${EPOCH}/${operatorOf(1)}`)?.source).toBe(operatorOf(2));
  });

  it('is waited for with growing gaps, also after its rounds, and holds up nobody', async () => {
    const observer = versed(observerOf(honestPeers()));
    observer.served[1]?.delete(archivePath(1));
    await tick(observer);
    expect(observer.stateOf(1)).toMatchObject({ state: 'waiting', check: 'archive' });
    expect(observer.stateOf(1)?.detail).toMatch(/^manifest: nobody serves 0x\w+ \(3 asked\)$/);
    expect([2, 3].map((index) => observer.stateOf(index))).toEqual([VERIFIED, VERIFIED]);
    const tries = (): number => observer.asked.filter(({ url, path }) => url === urlOf(1) && path === archivePath(1)).length;
    const seen: number[] = [];
    for (; observer.clock.nowMs < OVER_MS; observer.clock.nowMs += 500) {
      const before = tries();
      await tick(observer);
      if (tries() > before) seen.push(observer.clock.nowMs - REVEALED_MS);
    }
    expect(seen).toEqual([1000, 3000, 6000, 9000, 12_000]);
    observer.clock.nowMs += 30_000;
    await tick(observer);
    expect(observer.stateOf(1)).toMatchObject({ state: 'waiting', check: 'archive' });
    observer.served[1]?.set(archivePath(1), honest(1).manifestBytes);
    observer.clock.nowMs += 3000;
    await tick(observer);
    expect(observer.stateOf(1)).toEqual(VERIFIED);
  });

  it('is named for good once no later root can count it', async () => {
    const observer = versed(observerOf(honestPeers()));
    const { windowEpochs } = honest(1).policy.consensus;
    observer.served[1]?.delete(archivePath(1));
    await tick(observer);
    observer.clock.nowMs = OVER_MS + 1000 * 12 * (windowEpochs - 1) - 1;
    await tick(observer);
    expect(observer.stateOf(1)?.state).toBe('waiting');
    observer.clock.nowMs += 3000;
    await tick(observer);
    expect(observer.stateOf(1)).toMatchObject({ state: 'failed', check: 'archive' });
    observer.served[1]?.set(archivePath(1), honest(1).manifestBytes);
    observer.clock.nowMs += 3000;
    await tick(observer);
    expect(observer.stateOf(1)?.state).toBe('failed');
  });

  it('is asked for ever more seldom, up to a minute, and four times an epoch at least', () => {
    const hours = { genesis: 0, slotSeconds: 60, slotsPerEpoch: 60 };
    expect([1, 2, 50].map((attempts) => retryGap(hours, attempts))).toEqual([1000, 2000, 60_000]);
    expect(retryGap({ genesis: 0, slotSeconds: 3, slotsPerEpoch: 10 }, 50)).toBe(7500);
  });

  it('is verified as soon as it is there', async () => {
    const observer = versed(observerOf(honestPeers()));
    const [chunk] = honest(2).manifest.chunks;
    const path = objectPath(chunk?.sha256 ?? '');
    const bytes = observer.served[2]?.get(path) ?? new Uint8Array();
    observer.served[2]?.delete(path);
    await tick(observer);
    expect(observer.stateOf(2)).toMatchObject({ state: 'waiting', check: 'chunks' });
    observer.served[2]?.set(path, bytes);
    observer.clock.nowMs += 1000;
    await tick(observer);
    expect(observer.stateOf(2)).toEqual(VERIFIED);
  });

  it('and other bytes in its place are the same to us, but for the name', async () => {
    const observer = versed(observerOf(honestPeers()));
    observer.served[1]?.set(archivePath(1), flipped(honest(1).manifestBytes, 20));
    await tick(observer);
    expect(observer.stateOf(1)).toMatchObject({ state: 'waiting', check: 'archive' });
    expect(observer.stateOf(1)?.detail).toContain(`${operatorOf(1)} served other bytes`);
    observer.served[3]?.set(archivePath(1), honest(1).manifestBytes);
    observer.clock.nowMs += 1000;
    await tick(observer);
    expect(observer.stateOf(1)).toEqual(VERIFIED);
  });
});

describe('an archive whose transcripts take long', PATIENT, () => {
  it('is replayed in parts, each transcript once', async () => {
    const observer = versed(observerOf(honestPeers()));
    const { peers } = observer.ports;
    const looked: string[] = [];
    const slow: typeof peers = {
      get: async (url, path, limits) => {
        if (url === urlOf(1) && path.startsWith('/v1/audits')) {
          looked.push(path);
          observer.clock.nowMs += 9_000; // of the twenty seconds that one try has
        }
        return peers.get(url, path, limits);
      },
    };
    const context = observer.with({ peers: slow });
    await mirrorDue(context, observer.clock.nowMs);
    expect(observer.stateOf(1)).toEqual({
      ...{ state: 'waiting', check: 'transcripts', detail: '3 of 5 transcripts were looked into so far' },
    });
    observer.clock.nowMs += 1000;
    await mirrorDue(context, observer.clock.nowMs);
    expect([0, ...OTHERS].map((index) => observer.stateOf(index))).toEqual(Array(PEERS).fill(VERIFIED));
    expect([looked.length, new Set(looked).size]).toEqual([5, 5]);
  });
});

describe('several epochs', PATIENT, () => {
  it('that nobody agreed on are made good, newest first; one that cannot be observed keeps no other from its turn', async () => {
    const observer = versed(observerOf(honestPeers()));
    const { chain } = observer.ports;
    const seen: number[] = [];
    const seats: typeof chain.seats = async (epoch) => {
      seen.push(epoch);
      if (epoch === EPOCH + 2) throw new Error('the RPC forgot it');
      return chain.seats(epoch);
    };
    observer.clock.nowMs = REVEALED_MS + 1000 * 12 * 3;
    await expect(mirrorDue(observer.with({ chain: { ...chain, seats } }), observer.clock.nowMs)).rejects.toThrow('forgot');
    expect(seen).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect([0, ...OTHERS].map((index) => observer.stateOf(index)?.state)).toEqual(Array(PEERS).fill('verified'));
    expect(await observer.ports.store.epoch(EPOCH + 2)).toBeNull();
  });
});

describe('a chain that is away', PATIENT, () => {
  it('is not asked about every epoch', async () => {
    const observer = versed(observerOf(honestPeers()));
    let asked = 0;
    const seats = async (): Promise<never> => {
      asked++;
      throw new Error('no RPC answers');
    };
    const { chain } = observer.ports;
    observer.clock.nowMs = REVEALED_MS + 1000 * 12 * 30;
    await expect(mirrorDue(observer.with({ chain: { ...chain, seats } }), observer.clock.nowMs)).rejects.toThrow(
      'no RPC answers',
    );
    expect(asked).toBe(2);
  });
});

describe('a report', PATIENT, () => {
  it('that is not on chain by the deadline makes its validator absent, until it is seen after all', async () => {
    const observer = versed(observerOf(honestPeers()));
    const report = observer.posted.get(operatorOf(2));
    observer.posted.delete(operatorOf(2));
    await tick(observer);
    expect(observer.stateOf(2)).toMatchObject({ state: 'absent', check: 'report on chain' });
    expect(observer.stateOf(1)).toEqual(VERIFIED);
    if (report !== undefined) observer.posted.set(operatorOf(2), report); // the RPC had lagged
    observer.clock.nowMs += 1000;
    await tick(observer);
    expect(observer.stateOf(2)).toEqual(VERIFIED);
  });

  it('that the chain cannot be asked about leaves the others their turn, and is said', async () => {
    const observer = versed(observerOf(honestPeers()));
    const { chain } = observer.ports;
    const report: typeof chain.report = async (validator, epoch) => {
      if (validator === operatorOf(1)) throw new Error('no RPC answers');
      return chain.report(validator, epoch);
    };
    await expect(mirrorDue(observer.with({ chain: { ...chain, report } }), REVEALED_MS)).rejects.toThrow('no RPC answers');
    expect([1, 2, 3].map((index) => observer.stateOf(index)?.state)).toEqual([undefined, 'verified', 'verified']);
    await tick(observer);
    expect(observer.stateOf(1)).toEqual(VERIFIED);
  });
});

describe('a tick that is cut off', PATIENT, () => {
  it('is made good by a later one, and one beside it leaves its seats alone', async () => {
    const observer = versed(observerOf(honestPeers()));
    const { store } = observer.ports;
    let alive = true;
    const dying = {
      ...store,
      setMirror: async (...args: Parameters<typeof store.setMirror>) => {
        if (args[0].state === 'verified') alive = false;
        if (!alive) throw new Error('cut off');
        await store.setMirror(...args);
      },
    };
    await expect(mirrorDue(observer.with({ store: dying }), REVEALED_MS)).rejects.toThrow('cut off');
    expect(observer.stateOf(1)).toEqual({ state: 'waiting', check: null, detail: null });
    const asked = observer.asked.filter(({ path }) => path === archivePath(1)).length;
    observer.clock.nowMs += 3000;
    await tick(observer);
    expect(observer.asked.filter(({ path }) => path === archivePath(1)).length).toBe(asked);
    observer.clock.nowMs += 40_000;
    await tick(observer);
    expect([0, ...OTHERS].map((index) => observer.stateOf(index)?.state)).toEqual(Array(PEERS).fill('verified'));
  });
});

describe('a report that a posted root counts', PATIENT, () => {
  const entry = (index: number) => ({
    epoch: EPOCH,
    validator: operatorOf(index),
    reportHash: honest(index).facts.stored.reportHash,
  });

  it('is taken in from anybody, whatever was found about it here', async () => {
    const observer = versed(observerOf(honestPeers()));
    observer.served[1]?.delete(archivePath(1));
    observer.clock.nowMs = OVER_MS;
    await tick(observer);
    expect(await takeReport(observer.context, entry(1))).toBe(false);
    observer.served[2]?.set(archivePath(1), honest(1).manifestBytes);
    expect(await takeReport(observer.context, entry(1))).toBe(true);
    expect(observer.stateOf(1)).toMatchObject({ state: 'verified', detail: 'taken in with a posted root' });
    expect(await storedTallies(observer.ports.store, EPOCH, operatorOf(1))).toEqual(tallyRows(honest(1).rows));
  });

  it('must be the one on chain, of somebody with a seat', async () => {
    const observer = versed(observerOf(honestPeers()));
    expect(await takeReport(observer.context, { ...entry(1), reportHash: entry(2).reportHash })).toBe(false);
    expect(await takeReport(observer.context, { ...entry(1), validator: operatorOf(9) })).toBe(false);
    expect(observer.stored.mirrors.size).toBe(0);
  });

  it('that is larger than its epoch can be is not taken in', async () => {
    const huge = resealed(honest(1), {
      manifest: (m) => ({ ...m, chunks: m.chunks.map((ref) => ({ ...ref, records: ref.records + 1000 })) }),
    });
    const observer = versed(observerOf(peersWith(huge)));
    const found = await takeReport(observer.context, { ...entry(1), reportHash: huge.facts.stored.reportHash });
    expect(found).toBe(false);
    expect(observer.asked.filter(({ path }) => path.startsWith('/v1/objects')).length).toBe(1);
  });
});
