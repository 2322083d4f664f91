// One lie at a time about the archive, its beacon or its place on the chain: the right check fails and names the item.
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../protocol/archive.ts';
import { ZERO32, type Hex } from '../../../protocol/bytes.ts';
import { seedOf } from '../../../protocol/seed.ts';
import { flipped } from '../../support/behaviours.ts';
import { beacon, buildEpoch, sealEpoch, testWorld, type EpochFixture } from '../../support/epoch.ts';
import { firstFailure, resealed } from '../../support/replay.ts';

const epoch = buildEpoch();
const other: Hex = `0x${'99'.repeat(32)}`;
const { facts } = epoch;

type Lie = readonly [what: string, fixture: () => EpochFixture, failure: RegExp];

const reports: Lie[] = [
  ['another epoch', () => ({ ...epoch, facts: { ...facts, epoch: 7 } }), /^report on chain: epoch: expected 7, found 6/],
  [
    'another validator',
    () => ({ ...epoch, facts: { ...facts, validator: `0x${'b2'.repeat(20)}` } }),
    /^report on chain: validator: expected 0xb2b2/,
  ],
  [
    'another stored hash',
    () => ({ ...epoch, facts: { ...facts, stored: { ...facts.stored, reportHash: other } } }),
    /^report on chain: report hash: expected 0x9999/,
  ],
  [
    'another stored count',
    () => ({ ...epoch, facts: { ...facts, stored: { ...facts.stored, due: 9999 } } }),
    /^report on chain: due: expected 9999/,
  ],
  [
    'a signature of somebody else',
    () => ({ ...epoch, facts: { ...facts, signer: `0x${'b2'.repeat(20)}` } }),
    /^report on chain: signer of the report: expected 0xb2b2/,
  ],
  [
    'a broken signature',
    () => ({ ...epoch, facts: { ...facts, signature: `${facts.signature.slice(0, -2)}ff` as Hex } }),
    /^report on chain: signer of the report: .* found null/,
  ],
  ['another report before', () => ({ ...epoch, facts: { ...facts, previous: other } }), /^report on chain: previous: expected/],
  [
    'a node too few',
    () => ({ ...epoch, facts: { ...facts, nodes: facts.nodes.slice(1) } }),
    /^report on chain: nodeCount: expected 11, found 12/,
  ],
  ['another policy on chain', () => ({ ...epoch, facts: { ...facts, policyHash: other } }), /^report on chain: policyHash/],
];

const origins: Lie[] = [
  [
    'one bit of the manifest',
    () => ({ ...epoch, manifestBytes: flipped(epoch.manifestBytes, 100) }),
    /^archive hash: SHA-256 of the manifest: expected 0x/,
  ],
  [
    'a seed off the chain',
    () => ({ ...epoch, facts: { ...facts, seedBase: { epoch: 5, seed: other } } }),
    /^seed chain: seed 0x[0-9a-f]{64}: hashed 1 times it is not 0x9999.*epoch 5/,
  ],
  [
    'a seed of another epoch',
    () => {
      const seed = seedOf(epoch.world.seedSecret, 64, 2, 7);
      return resealed(epoch, { manifest: (m) => ({ ...m, seed }) });
    },
    /^seed chain: seed/,
  ],
  [
    'another policy document',
    () => ({ ...epoch, policy: { ...epoch.policy, name: 'another' } }),
    /^policy hash: hash of the policy: expected 0x[0-9a-f]+, found 0x/,
  ],
];

const rounds: Lie[] = [
  [
    'a beacon signature with one bit changed',
    () => {
      const changed = flip(epoch.manifest.beacon.signature);
      return resealed(epoch, { manifest: (m) => ({ ...m, beacon: { ...m.beacon, signature: changed } }) });
    },
    /^epoch beacon: BLS signature of round \d+ is the beacon's: expected true, found false/,
  ],
  [
    'a later beacon round',
    () => resealed(epoch, { manifest: (m) => ({ ...m, beacon: beacon.sign(m.beacon.round + 1) }) }),
    /^epoch beacon: beacon round of the epoch: expected \d+, found \d+/,
  ],
  [
    'a freshness round left out',
    () => resealed(epoch, { manifest: (m) => ({ ...m, rounds: m.rounds.slice(1) }) }),
    /^freshness rounds listed: freshness round at place 0: expected \d+, found \d+/,
  ],
  [
    'a freshness round that nobody used',
    () => resealed(epoch, { manifest: (m) => ({ ...m, rounds: [...m.rounds, beacon.sign(99_999_999)] }) }),
    /^freshness rounds listed: .*expected none, found 99999999/,
  ],
  [
    'freshness rounds out of order',
    () => resealed(epoch, { manifest: (m) => ({ ...m, rounds: m.rounds.toReversed() }) }),
    /^freshness rounds listed: freshness round at place 0/,
  ],
  [
    'the signature of another freshness round',
    () =>
      resealed(epoch, {
        manifest: (m) => ({
          ...m,
          rounds: m.rounds.map((r, i) => (i === 2 ? { ...r, signature: beacon.sign(5).signature } : r)),
        }),
      }),
    /^freshness rounds signed: freshness round \d+: 0x[0-9a-f]{96} is not the beacon's/,
  ],
];

const pieces: Lie[] = [
  [
    'one bit of a chunk',
    () => ({ ...epoch, chunks: epoch.chunks.map((c, i) => (i === 1 ? { ...c, bytes: flipped(c.bytes, 9) } : c)) }),
    /^chunks: chunk 1 SHA-256: expected 0x/,
  ],
  ['a chunk too few', () => ({ ...epoch, chunks: epoch.chunks.slice(0, -1) }), /^chunks: chunk \d: missing \(0x/],
  [
    'a chunk too many',
    () => ({ ...epoch, chunks: [...epoch.chunks, ...epoch.chunks.slice(0, 1)] }),
    /^chunks: chunk \d: the manifest does not name it/,
  ],
  ['chunks delivered in another order', () => ({ ...epoch, chunks: epoch.chunks.toReversed() }), /^chunks: chunk 0 SHA-256/],
  [
    'chunks sealed in another order',
    () => ({
      ...resealed(epoch, { manifest: (m) => ({ ...m, chunks: m.chunks.toReversed() }) }),
      chunks: epoch.chunks.toReversed(),
    }),
    /^chunks: chunk 1: the record of slot 0 draw \d+ follows|^chunks: chunk 1: the record of slot \d draw \d+ follows that of slot/,
  ],
  [
    'a wrong number of records',
    () => resealed(epoch, { manifest: (m) => ({ ...m, chunks: m.chunks.map((c) => ({ ...c, records: c.records + 1 })) }) }),
    /^chunks: chunk 0 records: expected \d+, found \d+/,
  ],
  [
    'a wrong size',
    () => resealed(epoch, { manifest: (m) => ({ ...m, chunks: m.chunks.map((c) => ({ ...c, bytes: c.bytes + 1 })) }) }),
    /^chunks: chunk 0 bytes: expected \d+, found \d+/,
  ],
  [
    'a record twice',
    () => sealEpoch(epoch.world, [...epoch.rows.slice(0, 1), ...epoch.rows], epoch.transcripts),
    /^chunks: chunk 0: the record of (slot 0 draw \d+) follows that of \1; draws must rise/,
  ],
];

const seals: Lie[] = [
  ['a wrong summary root', () => resealed(epoch, { manifest: (m) => ({ ...m, summaryRoot: other }) }), /^summaries: summaryRoot/],
  ['a wrong audit root', () => resealed(epoch, { manifest: (m) => ({ ...m, auditRoot: other }) }), /^audit tree: auditRoot/],
  ['a wrong due', () => resealed(epoch, { manifest: (m) => ({ ...m, due: m.due + 1 }) }), /^due and done: due: expected/],
  ['a wrong done', () => resealed(epoch, { manifest: (m) => ({ ...m, done: m.done + 1 }) }), /^due and done: done: expected/],
];

function flip(hex: Hex): Hex {
  return `0x${hex.slice(2, -1)}${hex.endsWith('0') ? '1' : '0'}`;
}

describe.each([
  ['the report', reports],
  ['where the archive belongs', origins],
  ['the beacon', rounds],
  ['the chunks', pieces],
  ['the seal', seals],
])('a lie about %s is found', (_, lies) => {
  it.each(lies)('%s', (_what, fixture, failure) => {
    expect(firstFailure(fixture(), [])).toMatch(failure);
  });
});

describe('a manifest that differs from the report is found', () => {
  const changes: Partial<Record<keyof Manifest, unknown>> = {
    ...{ format: 'assay-archive/2', chainId: 1, registry: `0x${'11'.repeat(20)}`, epoch: 7 },
    ...{ validator: `0x${'11'.repeat(20)}`, seed: other, policyHash: other, beacon: beacon.sign(17), nodeCount: 13 },
    ...{ validatorCount: 3, due: 0, done: 0, auditRoot: ZERO32, summaryRoot: ZERO32 },
  };
  it.each(Object.entries(changes))('%s', (field, value) => {
    const lied = resealed(epoch, {
      manifest: (m) => ({ ...m, [field]: value }),
      report: (r) => ({ ...facts.report, archiveHash: r.archiveHash }),
    });
    const name = field === 'beacon' ? 'beacon round' : field;
    expect(firstFailure(lied)).toMatch(new RegExp(`^manifest: manifest ${name}: expected .*, found `));
  });
});

describe('an epoch with more draws than a replay handles', () => {
  it('is refused before they are computed', () => {
    const schedule = { ...epoch.policy.schedule, auditsPerNodePerDay: 2 ** 40 };
    const huge = testWorld({ policy: { ...epoch.policy, schedule } });
    expect(firstFailure(sealEpoch(huge, [], new Map()))).toMatch(
      /^due draws: the epoch has at least \d+ draws; a replay handles 1000000/,
    );
  });
});
