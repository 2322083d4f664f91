// Each kind of lie in an archive, told by one validator among honest ones: named with the right check, final, and without harm to the
// others.
import { describe, expect, it } from 'vitest';
import { ZERO32, toHex, type Hex } from '../../../../protocol/bytes.ts';
import { archiveHash } from '../../../../protocol/archive.ts';
import { reportDigest, reportHash } from '../../../../protocol/report.ts';
import { signDigest } from '../../../../protocol/signer.ts';
import { verdictOf } from '../../../../protocol/verdict.ts';
import { mirrorDue } from '../../../../workers/services/network/mirror.ts';
import { flipped } from '../../../support/behaviours.ts';
import { buildEpoch, sealEpoch, type EpochFixture } from '../../../support/epoch.ts';
import { resealed, rowWith, withRow } from '../../../support/replay.ts';
import { OVER_MS, REVEALED_MS, honest, observerOf, peerWorld, peersWith, versed, type Observer } from './rig.ts';
import { storedTallies } from '../../../support/tallies.ts';

const OTHER: Hex = toHex(new Uint8Array(32).fill(0x77));
const fixture = (): EpochFixture => honest(1);

/** The archive's manifest replaced by other bytes, and the report made to fit them. */
function withManifestBytes(bytes: Uint8Array): EpochFixture {
  const base = fixture();
  const report = { ...base.facts.report, archiveHash: archiveHash(bytes) };
  const signature = signDigest(reportDigest(base.facts.domain, report), base.world.signerKey);
  const stored = { ...base.facts.stored, reportHash: reportHash(report) };
  return { ...base, manifestBytes: bytes, facts: { ...base.facts, report, signature, stored } };
}

function without(count: number): EpochFixture {
  const { world, rows, transcripts } = fixture();
  return sealEpoch(world, rows.slice(count), transcripts);
}

const slanderous = (): EpochFixture => {
  const row = rowWith(fixture(), 'none');
  return withRow(fixture(), row, { ...verdictOf('wrong_result'), measure: 0 });
};

/** Everything that can be seen without a transcript. */
const LIES: [string, () => EpochFixture, string, RegExp][] = [
  ['a manifest that is none', () => withManifestBytes(new Uint8Array([1, 2, 3])), 'manifest', /^manifest: not JSON/],
  [
    'another number of nodes',
    () => resealed(fixture(), { manifest: (m) => ({ ...m, nodeCount: 11 }) }),
    'report on chain',
    /nodeCount/,
  ],
  [
    'another validator count',
    () => resealed(fixture(), { manifest: (m) => ({ ...m, validatorCount: 1 }) }),
    'manifest',
    /validatorCount: expected 4, found 1/,
  ],
  ['another seed', () => resealed(fixture(), { manifest: (m) => ({ ...m, seed: OTHER }) }), 'seed chain', /is not 0x/],
  [
    'another policy',
    () => resealed(fixture(), { report: (r) => ({ ...r, policyHash: OTHER }) }),
    'report on chain',
    /policyHash/,
  ],
  [
    'more records than draws',
    () => resealed(fixture(), { manifest: (m) => ({ ...m, chunks: m.chunks.map((ref) => ({ ...ref, records: 999 })) }) }),
    'chunks',
    /^the manifest names \d+ records, the epoch has \d+ draws and at most \d+ records$/,
  ],
  [
    'a flood of bytes',
    () => resealed(fixture(), { manifest: (m) => ({ ...m, chunks: m.chunks.map((ref) => ({ ...ref, bytes: 8_000_000 })) }) }),
    'chunks',
    /^the manifest names \d+ bytes for \d+ records$/,
  ],
  [
    'a flood of rounds',
    () =>
      resealed(fixture(), {
        manifest: (m) => ({
          ...m,
          rounds: Array.from({ length: 999 }, (_, i) => ({ round: i + 1, signature: m.beacon.signature })),
        }),
      }),
    'freshness rounds listed',
    /lists 999 rounds, the epoch has at most 16$/,
  ],
  [
    'a round that the beacon did not sign',
    () =>
      resealed(fixture(), {
        manifest: (m) => ({
          ...m,
          rounds: m.rounds.map((round, i) => (i === 1 ? { ...round, signature: m.beacon.signature } : round)),
        }),
      }),
    'freshness rounds signed',
    /is not the beacon's BLS signature/,
  ],
  ['a draw left out', () => without(1), 'due draws', /due .*, but it has no record/],
  [
    'a passed record that says more than was measured',
    () => withRow(fixture(), rowWith(fixture(), 'none'), { measure: 10 ** 12 }),
    'records',
    /measure after/,
  ],
  [
    'a challenge excused that was sent',
    () => withRow(fixture(), rowWith(fixture(), 'wrong_result'), { ...verdictOf('maintenance') }),
    'records',
    /maintenance is /,
  ],
  ['other summaries', () => resealed(fixture(), { manifest: (m) => ({ ...m, summaryRoot: OTHER }) }), 'summaries', /summaryRoot/],
  ['another audit root', () => resealed(fixture(), { manifest: (m) => ({ ...m, auditRoot: OTHER }) }), 'audit tree', /auditRoot/],
  [
    'more done than was done',
    () => resealed(fixture(), { manifest: (m) => ({ ...m, done: m.due }) }),
    'due and done',
    /^done: expected/,
  ],
  [
    'a signature by somebody else',
    () => ({ ...fixture(), facts: { ...fixture().facts, signature: honest(2).facts.signature } }),
    'report on chain',
    /^signer of the report: expected/,
  ],
];

async function told(lying: EpochFixture): Promise<Observer> {
  const observer = versed(observerOf(peersWith(lying)));
  await mirrorDue(observer.context, REVEALED_MS);
  return observer;
}

describe('a lie in an archive', { timeout: 30_000 }, () => {
  it.each(LIES)('is named: %s', async (_, lying, check, detail) => {
    const observer = await told(lying());
    expect(observer.stateOf(1)).toMatchObject({ state: 'failed', check });
    expect(observer.stateOf(1)?.detail).toMatch(detail);
    expect([0, 2, 3].map((index) => observer.stateOf(index)?.state)).toEqual(['verified', 'verified', 'verified']);
    const asked = observer.asked.filter(({ path }) => path.startsWith('/v1/objects')).length;
    observer.clock.nowMs = OVER_MS;
    await mirrorDue(observer.context, OVER_MS);
    expect(observer.asked.filter(({ path }) => path.startsWith('/v1/objects')).length).toBe(asked);
    expect(await storedTallies(observer.ports.store, 6, fixture().facts.validator)).toEqual([]);
  });

  it('is not waited upon: nothing of a manifest that is wrong is fetched', async () => {
    const observer = await told(resealed(fixture(), { manifest: (m) => ({ ...m, validatorCount: 1 }) }));
    const { chunks } = fixture().manifest;
    const paths = new Set(observer.asked.map(({ path }) => path));
    expect(chunks.some(({ sha256 }) => paths.has(`/v1/objects/${sha256}`))).toBe(false);
  });

  it('about a node is found in the transcript: a failure that was none', async () => {
    const lying = slanderous();
    const observer = versed(observerOf(peersWith(lying)));
    const seeds = Array.from({ length: 40 }, (_, i) => new Uint8Array(32).fill(i));
    const states: (string | undefined)[] = [];
    for (const seed of seeds) {
      observer.dice.seed = seed;
      observer.stored.mirrors.clear();
      for (const key of observer.objects.all.keys()) if (key.startsWith('secret/')) observer.objects.all.delete(key);
      await mirrorDue(observer.context, REVEALED_MS);
      states.push(observer.stateOf(1)?.state);
      if (states.includes('failed')) break;
    }
    expect(states.at(-1)).toBe('failed');
    expect(observer.stateOf(1)).toMatchObject({ check: 'transcripts' });
    expect(observer.stateOf(1)?.detail).toMatch(/reason, derived from its transcript: expected none, found wrong_result/);
  });
});

describe('openings forged with leaked secrets', { timeout: 60_000 }, () => {
  const forged = buildEpoch(peerWorld(1, { behaviour: () => 'forged' }));

  it('pass every check but the replay of a transcript, which finds them', async () => {
    expect(forged.rows.every(({ outcome }) => outcome === 'pass')).toBe(true);
    const observer = await told(forged);
    expect(observer.stateOf(1)).toMatchObject({ state: 'failed', check: 'transcripts' });
    expect(observer.stateOf(1)?.detail).toMatch(/reason, derived from its transcript: expected wrong_result, found none/);
    expect([...observer.stored.objections.values()]).toEqual([
      expect.objectContaining({ validator: forged.facts.validator, raisedBy: honest(0).facts.validator, confirmed: true }),
    ]);
    expect(forged.rows[0]?.transcriptHash).not.toBe(ZERO32);
  });

  it('are not saved by hiding their transcripts from whoever asks for them', async () => {
    const observer = versed(observerOf(peersWith(forged)));
    const { seed } = observer.dice;
    for (const path of observer.served[1]?.keys() ?? []) if (path.startsWith('/v1/audits')) observer.served[1]?.delete(path);
    for (const after of [0, 1000, 3000, 7000, 15_000, 31_000]) {
      observer.clock.nowMs = REVEALED_MS + after;
      observer.dice.seed = flipped(seed, after % 32); // another sample would be asked for, were it drawn again
      await mirrorDue(observer.context, observer.clock.nowMs);
    }
    expect(observer.stateOf(1)).toMatchObject({ state: 'waiting', check: 'transcripts' }); // never verified, however often it is tried
    expect(observer.stateOf(1)?.detail).toMatch(/transcript: nobody serves 0x/);
    const wanted = observer.asked.flatMap(({ url, path }) =>
      url.includes('-1.') && path.startsWith('/v1/audits') ? [path] : [],
    );
    expect(new Set(wanted).size).toBe(1);
  });
});
