// One finder suffices: what one validator found is replayed by the others. And a liar's objections cost little and change nothing.
import { describe, expect, it } from 'vitest';
import { randomnessOf } from '../../../../protocol/beacon.ts';
import { ZERO32, toHex, type Hex } from '../../../../protocol/bytes.ts';
import {
  publicSampleCount,
  publicSampleSeed,
  sampleRound,
  sampleRows,
  withTranscript,
} from '../../../../protocol/replay/sample.ts';
import { OBJECTIONS_UNCONFIRMED_MAX } from '../../../../workers/limits.ts';
import { mirrorDue } from '../../../../workers/services/network/mirror.ts';
import { beacon, buildEpoch, type EpochFixture } from '../../../support/epoch.ts';
import {
  EPOCH,
  REVEALED_MS,
  hashOfBytes,
  honest,
  honestPeers,
  jsonBytes,
  observerOf,
  operatorOf,
  peerWorld,
  peersWith,
  urlOf,
  versed,
  type Observer,
} from './rig.ts';

const PATIENT = { timeout: 60_000 };
const PATH = `/v1/consensus/${EPOCH}/objections`;
const tick = async (observer: Observer, afterMs = 0): Promise<void> => {
  observer.clock.nowMs = REVEALED_MS + afterMs;
  await mirrorDue(observer.context, observer.clock.nowMs);
};
const objections = (observer: Observer) => [...observer.stored.objections.values()];
const tell = (observer: Observer, from: number, told: readonly { validator: Hex; slot: number; draw: number }[]): void => {
  observer.served[from]?.set(PATH, jsonBytes({ objections: told }));
};

/** A draw that everybody's sample of that validator's archive misses, as it follows from the beacon. */
function missedByAll(): number {
  const { rows, policy, facts } = honest(1);
  const { signature } = beacon.sign(sampleRound(facts.clock, policy, EPOCH));
  const seed = publicSampleSeed(randomnessOf(signature), facts.validator);
  const shared = sampleRows(rows, publicSampleCount(policy.consensus.replayTranscripts), seed);
  return rows.findIndex((row) => row.transcriptHash !== ZERO32 && !shared.includes(row));
}
const forgedIndex = missedByAll();

/** One forged opening among honest ones, told by an auditor that gave its secrets away. */
const oneForged: EpochFixture = buildEpoch(peerWorld(1, { behaviour: (index) => (index === forgedIndex ? 'forged' : 'honest') }));
const liar = oneForged.facts.validator;
const forgedRow = oneForged.rows[forgedIndex];
if (forgedRow === undefined) throw new Error('the epoch has fewer draws than the test needs');
const place = { validator: liar, slot: forgedRow.slot, draw: forgedRow.draw };

/** A seed of our own half whose sample has the forged record, or has not. */
function seedThat(finds: boolean): Uint8Array {
  for (let i = 0; i < 200; i++) {
    const seed = new Uint8Array(32).fill(i);
    const { replayTranscripts } = oneForged.policy.consensus;
    const sample = sampleRows(oneForged.rows, replayTranscripts - publicSampleCount(replayTranscripts), toHex(seed));
    if (sample.some(({ slot, draw }) => slot === place.slot && draw === place.draw) === finds) return seed;
  }
  throw new Error('no such seed');
}

function withSeed(finds: boolean): Observer {
  const observer = versed(observerOf(peersWith(oneForged)));
  observer.dice.seed = seedThat(finds);
  return observer;
}

describe('everybody’s sample', PATIENT, () => {
  it('is held by whoever has verified the archive, so that no owner can show it to a few only', async () => {
    const first = versed(observerOf(honestPeers()));
    await tick(first);
    expect(first.stateOf(1)).toMatchObject({ state: 'verified' });
    const second = versed(observerOf(honestPeers()));
    second.dice.seed = seedThat(true); // another half of its own
    for (const path of second.served[1]?.keys() ?? []) if (path.includes('transcript')) second.served[1]?.delete(path);
    await tick(second);
    expect(second.stateOf(1)).toMatchObject({ state: 'waiting', check: 'transcripts' });
    for (const [key, bytes] of first.objects.all) {
      if (key.startsWith('archive/')) second.served[2]?.set(`/v1/objects/0x${key.slice('archive/'.length)}`, bytes);
    }
    await tick(second, 3000);
    expect(second.stateOf(1)).toMatchObject({ state: 'verified' });
  });
});

describe('a forged transcript', PATIENT, () => {
  it('that one sample finds and another misses is found by both, once it is told', async () => {
    const finder = withSeed(true);
    await tick(finder);
    expect(finder.stateOf(1)).toMatchObject({ state: 'failed', check: 'transcripts' });
    const [found] = objections(finder);
    expect(found).toMatchObject({ ...place, confirmed: true });
    const other = withSeed(false);
    await tick(other);
    expect(other.stateOf(1)).toMatchObject({ state: 'verified' });
    tell(other, 2, [place]);
    await tick(other, 3000);
    expect(other.stateOf(1)).toEqual(finder.stateOf(1));
    expect(objections(other)).toEqual([
      { epoch: EPOCH, ...place, raisedBy: operatorOf(2), confirmed: true, detail: finder.stateOf(1)?.detail },
    ]);
  });

  it('told before the archive is looked at is looked into with it', async () => {
    const observer = withSeed(false);
    observer.stored.objections.set('told', { epoch: EPOCH, ...place, raisedBy: operatorOf(3), confirmed: null, detail: null });
    await tick(observer);
    expect(observer.stateOf(1)).toMatchObject({ state: 'failed', check: 'transcripts' });
  });

  it('that its owner hides from the others is had from the finder', async () => {
    const finder = withSeed(true);
    await tick(finder);
    const bytes = finder.objects.all.get(`archive/${forgedRow.transcriptHash.slice(2)}`) ?? new Uint8Array();
    expect(hashOfBytes(bytes)).toBe(forgedRow.transcriptHash);
    const other = withSeed(false);
    other.served[1]?.delete(`/v1/audits/${EPOCH}-${forgedRow.slot}-${forgedRow.draw}/transcript`);
    tell(other, 2, [place]);
    await tick(other);
    expect([other.stateOf(1)?.state, objections(other)[0]?.confirmed]).toEqual(['verified', null]); // not had yet
    other.served[2]?.set(`/v1/objects/${forgedRow.transcriptHash}`, bytes);
    await tick(other, 3000);
    expect(other.stateOf(1)).toMatchObject({ state: 'failed', check: 'transcripts' });
  });
});

describe('objections that do not hold', PATIENT, () => {
  const places = (count: number) =>
    withTranscript(honest(1).rows)
      .slice(0, count)
      .map(({ slot, draw }) => ({ validator: operatorOf(1), slot, draw }));

  it('change nothing, and a peer has only a few of them', async () => {
    const observer = versed(observerOf(honestPeers()));
    const many = places(99);
    expect(many.length).toBeGreaterThan(OBJECTIONS_UNCONFIRMED_MAX);
    tell(observer, 3, many);
    for (const after of [0, 3000, 6000]) await tick(observer, after);
    expect(objections(observer)).toHaveLength(OBJECTIONS_UNCONFIRMED_MAX);
    expect(objections(observer).every(({ confirmed, raisedBy }) => confirmed === false && raisedBy === operatorOf(3))).toBe(true);
    expect(observer.stateOf(1)).toMatchObject({ state: 'verified' });
    tell(observer, 2, many.slice(-1)); // another peer is still listened to
    await tick(observer, 9000);
    expect(objections(observer)).toHaveLength(OBJECTIONS_UNCONFIRMED_MAX + 1);
  });

  it('about draws and validators that are not there are refused', async () => {
    const observer = versed(observerOf(honestPeers()));
    tell(observer, 3, [
      { validator: operatorOf(9), slot: 0, draw: 0 },
      { validator: operatorOf(1), slot: 0, draw: 4_000_000 },
    ]);
    await tick(observer);
    expect(objections(observer)).toMatchObject([{ slot: 0, draw: 4_000_000, confirmed: false }]);
  });

  it('about ourselves are looked into as well, with our own transcripts', async () => {
    const observer = versed(observerOf(honestPeers()));
    const [row] = withTranscript(honest(0).rows);
    tell(observer, 3, [{ validator: operatorOf(0), slot: row?.slot ?? 0, draw: row?.draw ?? 0 }]);
    await tick(observer);
    expect(objections(observer)).toMatchObject([{ validator: operatorOf(0), confirmed: false }]);
    expect(observer.asked.some(({ path, url }) => path.startsWith('/v1/audits') && url === urlOf(0))).toBe(false);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['no JSON', new Uint8Array([0xff, 0xfe])],
    ['another form', jsonBytes({ objections: [{ validator: 'me' }] })],
    ['too many', jsonBytes({ objections: Array(1000).fill({ validator: operatorOf(1), slot: 0, draw: 0 }) })],
  ])('that are %s are not read', async (_, bytes) => {
    const observer = versed(observerOf(honestPeers()));
    observer.served[2]?.set(PATH, bytes);
    await tick(observer);
    expect(objections(observer)).toEqual([]);
    expect(observer.stateOf(2)).toMatchObject({ state: 'verified' });
  });
});
