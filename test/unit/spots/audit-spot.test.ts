// Audits on demand against a real runner, and their check from what is published: honest ones verify, changed ones do not.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startRunner, type Runner } from '../../../gpu-runners/server/runner.ts';
import { createRate } from '../../../gpu-runners/server/rate.ts';
import { ZERO32, toHex } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { decodeOpeningMessage, encodeOpeningMessage } from '../../../protocol/messages.ts';
import { recordHash, type AuditRecord } from '../../../protocol/record.ts';
import { signDigest } from '../../../protocol/signer.ts';
import { checkSpot, type SpotEvidence } from '../../../protocol/spot-check.ts';
import { spotNonce, spotRecordDigest } from '../../../protocol/spot.ts';
import { decodeTranscript, encodeTranscript } from '../../../protocol/transcript.ts';
import { decodeChallengeMessage } from '../../../protocol/messages.ts';
import { spotPresence } from '../../../workers/services/spots/presence.ts';
import type { EpochNode } from '../../../protocol/schedule.ts';
import { beacon } from '../../support/world.ts';
import { DOMAIN, OTHER_KEY, VALIDATOR_KEY, challengeFor, post, random32, testParts } from '../runner/rig.ts';
import { auditNow, audited, contextFor, epochBeacon, evidenceOf, factsOf, nodeAt, policy } from './rig.ts';

const parts = testParts({ settings: { ...testParts().settings, gpuClass: 'tiny' } });
let runner: Runner;
let node: EpochNode;
beforeAll(async () => {
  runner = await startRunner(parts, createRate(1_000_000, 1));
  node = nodeAt(`http://127.0.0.1:${String(runner.port)}`, parts.signer);
});
afterAll(async () => {
  await runner.stop(0);
});

const why = (evidence: SpotEvidence, facts = factsOf(node)) =>
  checkSpot(facts, evidence).checks.filter(({ failure }) => failure !== null);

/** The record with a change, hashed and signed as its validator would. */
function signedAgain(evidence: SpotEvidence, change: Partial<AuditRecord>, key: Uint8Array = VALIDATOR_KEY): SpotEvidence {
  const record = { ...evidence.record, ...change };
  return { ...evidence, record, recordHash: recordHash(record), signature: signDigest(spotRecordDigest(DOMAIN, record), key) };
}

describe('an honest node', () => {
  test('work passes, and what is published shows it', async () => {
    const done = await auditNow(node, 1);
    const { proof, transcript } = audited(done);
    expect(done.steps).toEqual(['challenged', 'committed', 'opened']);
    expect(proof.record).toMatchObject({
      outcome: 'pass',
      reason: 'none',
      kind: 1,
      slot: 0,
      freshnessRound: 0,
      nodeId: node.nodeId,
    });
    expect(proof.record.measure).toBeGreaterThan(0);
    const { challenge } = decodeChallengeMessage(decodeTranscript(transcript).challenge);
    expect(challenge.nonce).toBe(spotNonce(done.seed));
    const checked = checkSpot(factsOf(node), evidenceOf({ proof, transcript }));
    expect(checked.checks.map(({ name }) => name)).toEqual([
      'record',
      'signature',
      'transcript',
      'job',
      'challenge',
      'positions',
      'verdict',
    ]);
    expect(checked.checks.every(({ failure }) => failure === null)).toBe(true);
    expect(checked.basis).toBe('time');
  });

  test('presence passes', async () => {
    const done = await auditNow(node, 5);
    expect(done.steps).toEqual(['challenged', 'committed']);
    expect(why(evidenceOf(audited(done)))).toEqual([]);
    expect(audited(done).proof.beacon).toBeNull();
  });

  test('presence for a recheck, without a record', async () => {
    const seen = await spotPresence(contextFor(node), node);
    expect(seen.reason).toBe('none');
    expect(seen.elapsedMs).toBeGreaterThan(0);
    expect((await spotPresence(contextFor(node), { ...node, nodeId: random32() })).reason).toBe('refused');
    expect((await spotPresence(contextFor(node), { ...node, url: 'http://127.0.0.1:1' })).reason).toBe('unreachable');
  });

  test('at scheduled work: no verdict on it, and that is shown as the validator’s word', async () => {
    const held = await post(node.url, '/v1/challenges', challengeFor(node.nodeId, { deadline: Date.now() + 1_500 }).body);
    expect(held.status).toBe(200);
    const { proof, transcript } = audited(await auditNow(node, 1));
    expect(proof.record).toMatchObject({ outcome: 'void', reason: 'busy', commitment: ZERO32 });
    const checked = checkSpot(factsOf(node), evidenceOf({ proof, transcript }));
    expect(checked.checks.every(({ failure }) => failure === null)).toBe(true);
    expect(checked.basis).toBe('word');
    await new Promise((resolve) => setTimeout(resolve, 1_600)); // the job of nobody lets go
  });
});

describe('no verdict or a bad one', () => {
  test('nobody there: a failure while our line is well, else none', async () => {
    const gone = { ...node, url: 'http://127.0.0.1:1' };
    expect(audited(await auditNow(gone, 1)).proof.record).toMatchObject({ outcome: 'fail', reason: 'unreachable' });
    const ours = audited(await auditNow(gone, 1, false));
    expect(ours.proof.record).toMatchObject({ outcome: 'void', reason: 'auditor_fault' });
    expect(why(evidenceOf(ours))).toEqual([]);
  });

  test('a node that is none, or retired, or of a class without work', async () => {
    expect((await auditNow({ ...node, retired: true }, 1)).result).toMatchObject({ code: 'not-a-node' });
    expect((await auditNow({ ...node, gpuClass: 'no such class' }, 1)).result).toMatchObject({ code: 'not-a-node' });
    expect((await auditNow(node, 2)).result).toMatchObject({ code: 'not-a-node' });
  });

  test('a dishonest product is found out', async () => {
    const dishonest = testParts({ settings: parts.settings });
    const lying = {
      ...dishonest.backend,
      gemm: async (...args: Parameters<typeof dishonest.backend.gemm>) => {
        const proof = await dishonest.backend.gemm(...args);
        const open: typeof proof.open = async (positions) => {
          const openings = Uint8Array.from(await proof.open(positions));
          openings[20] = (openings[20] ?? 0) ^ 1;
          return openings;
        };
        return { ...proof, open };
      },
    };
    const other = await startRunner({ ...dishonest, backend: lying });
    try {
      const target = nodeAt(`http://127.0.0.1:${String(other.port)}`, dishonest.signer);
      const bad = audited(await auditNow(target, 1));
      expect(bad.proof.record).toMatchObject({ outcome: 'fail', reason: 'bad_opening' });
      const checked = checkSpot(factsOf(target), evidenceOf(bad));
      expect(checked.checks.every(({ failure }) => failure === null)).toBe(true);
      expect(checked.basis).toBe('transcript');
    } finally {
      await other.stop(0);
    }
  });
});

describe('what is changed does not verify', () => {
  let good: SpotEvidence;
  beforeAll(async () => {
    good = evidenceOf(audited(await auditNow(node, 1)));
    expect(why(good)).toEqual([]);
  });
  const inTranscript = (change: (parts: ReturnType<typeof decodeTranscript>) => object): SpotEvidence => {
    const before = decodeTranscript(good.transcript);
    const transcript = encodeTranscript({ ...before, ...change(before) });
    return signedAgain({ ...good, transcript }, { transcriptHash: toHex(sha256(transcript)) });
  };
  const lies: readonly [string, string, () => SpotEvidence][] = [
    ['a record that is not its hash’s', 'record', () => ({ ...good, record: { ...good.record, measure: 1 } })],
    ['a place in the schedule', 'record', () => signedAgain(good, { slot: 1 })],
    ['another signer', 'signature', () => signedAgain(good, {}, OTHER_KEY)],
    [
      'a signature of the scheduled domain',
      'signature',
      () => ({ ...good, signature: signDigest(good.recordHash, VALIDATOR_KEY) }),
    ],
    ['another transcript', 'transcript', () => ({ ...good, transcript: good.transcript.slice(0, -1) })],
    ['no beacon', 'job', () => ({ ...good, beacon: null })],
    ['another epoch’s beacon', 'job', () => ({ ...good, beacon: beacon.sign(epochBeacon.round + 1) })],
    ['a beacon that is none', 'job', () => ({ ...good, beacon: { ...epochBeacon, signature: beacon.sign(5).signature } })],
    ['another seed', 'challenge', () => ({ ...good, seed: random32() })],
    ['another start', 'challenge', () => signedAgain(good, { startedAt: good.record.startedAt + 1 })],
    ['another draw', 'challenge', () => signedAgain(good, { draw: (good.record.draw + 1) % 2 ** 32 })],
    [
      'positions of somebody’s choice',
      'positions',
      () => inTranscript(({ draw }) => ({ draw: draw.map((byte, i) => (i === draw.length - 1 ? byte ^ 1 : byte)) })),
    ],
    ['a failure that was none', 'verdict', () => signedAgain(good, { outcome: 'fail', reason: 'wrong_result', measure: 0 })],
    ['absence where there was an answer', 'verdict', () => signedAgain(good, { outcome: 'fail', reason: 'timeout', measure: 0 })],
    ['a larger measure', 'verdict', () => signedAgain(good, { measure: good.record.measure + 1 })],
    ['an outcome that is not its reason’s', 'verdict', () => signedAgain(good, { outcome: 'fail' })],
    [
      'another opening',
      'verdict',
      () =>
        inTranscript(({ opening }) => {
          const message = decodeOpeningMessage(opening);
          return {
            opening: encodeOpeningMessage({
              ...message,
              openings: message.openings.map((byte, i) => (i === 20 ? byte ^ 1 : byte)),
            }),
          };
        }),
    ],
  ];
  test.each(lies)('%s', (_, check, lie) => {
    expect(why(lie()).map(({ name }) => name)).toEqual([check]);
  });

  test('a validator without a seat, another node, another policy', () => {
    expect(why(good, { ...factsOf(node), signer: null }).map(({ name }) => name)).toEqual(['signature']);
    const other = { ...node, nodeId: random32() };
    expect(why(good, factsOf(other)).map(({ name }) => name)).toEqual(['record']);
    const [first] = policy.classes;
    if (first === undefined) throw new Error('a policy without a class');
    const small = { ...policy, classes: [{ ...first, gemm: { ...first.gemm, rows: 8 } }] };
    expect(why(good, { ...factsOf(node), policy: small }).map(({ name }) => name)).toEqual(['challenge']);
  });
});
