// An order's message through the deployed composition: the real consumer, ledger, guard, fetch and bucket, against a node on loopback.
import { beforeEach, expect, inject, test } from 'vitest';
import { policyHash } from '../../../protocol/policy.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { toHex } from '../../../protocol/bytes.ts';
import { recoverSigner } from '../../../protocol/signer.ts';
import { spotDomain, spotNonce, spotRecordDigest } from '../../../protocol/spot.ts';
import { challengeHash } from '../../../protocol/challenge.ts';
import { decodeChallengeMessage } from '../../../protocol/messages.ts';
import { decodeTranscript } from '../../../protocol/transcript.ts';
import { d1Ledger } from '../../../workers/adapters/d1-ledger.ts';
import { onQueue } from '../../../workers/entries/queue.ts';
import { configured, factsOf, hashOf, nodeOf } from '../support/bindings.ts';
import { bindings, embeddedPolicy, freshDatabase } from '../support/web-env.ts';
import { nodeId, objects, store } from './support.ts';

const domain = { chainId: 31337, registry: configured.REGISTRY_ADDRESS as `0x${string}` };
const clock = { genesis: Math.floor(Date.now() / 1000) - 5 * 3600 - 60, slotSeconds: 60, slotsPerEpoch: 60 };
const hash = policyHash(embeddedPolicy());
/** What the node does with any request, and what comes of it. */
const HOWS = ['echo', 'redirect', 'refuses', 'large'] as const;

beforeEach(async () => {
  await freshDatabase();
  const ledger = d1Ledger(bindings.DB, configured.VALIDATOR_ADDRESS as `0x${string}`);
  await ledger.join({ domain, clock, reportSeconds: 20, policyHash: hash });
  const nodes = HOWS.map((how, index) =>
    nodeOf(index, { url: `${inject('loopbackNode')}/${how}`, gpuClass: embeddedPolicy().classes[0]?.name ?? '' }),
  );
  const facts = { ...factsOf(5, nodes.length), policyHash: hash };
  await ledger.freeze(facts, nodes);
});

async function ordered(index: number, kind: number): Promise<string> {
  const id = `spot_${toHex(crypto.getRandomValues(new Uint8Array(16))).slice(2)}`;
  const names = {
    id,
    tenant: 'acme',
    idempotency: hashOf(id),
    nodeId: nodeId(index),
    nodeIndex: index,
    kind,
    createdAtMs: Date.now(),
  };
  await store.add(names, { perNode: 100, perAsker: 100, asker: hashOf('acme'), sinceMs: 0 });
  return id;
}

async function delivered(id: string): Promise<string[]> {
  const settled: string[] = [];
  const message = { id: 'm', timestamp: new Date(), attempts: 1, body: { id } };
  const told = { ...message, ack: () => void settled.push('ack'), retry: () => void settled.push('retry') };
  await onQueue(configured, { queue: 'assay-spots', messages: [told] } as unknown as MessageBatch);
  return settled;
}

test.each([
  [0, 'echo', 'oversize'],
  [1, 'redirect', 'redirect'],
  [2, 'refuses', 'refused'],
] as const)('presence of a node (%i) that answers with %s: %s, signed, with its transcript', async (index, _, reason) => {
  const id = await ordered(index, 5);
  expect(await delivered(id)).toEqual(['ack']);
  const row = await store.any(id);
  expect(row?.state).toBe('done');
  const proof = row?.proof;
  if (proof === null || proof === undefined) throw new Error('no verdict');
  expect(proof.record).toMatchObject({ outcome: 'fail', reason, epoch: 5, kind: 5, slot: 0, nodeId: nodeId(index) });
  expect(recoverSigner(spotRecordDigest(domain, proof.record), proof.signature)).toBe(proof.signer);
  const transcript = await objects.get(id);
  if (transcript === null) throw new Error('no transcript');
  expect(toHex(sha256(transcript))).toBe(proof.record.transcriptHash);
  const { challenge, signature } = decodeChallengeMessage(decodeTranscript(transcript).challenge);
  expect(challenge.nonce).toBe(spotNonce(proof.seed));
  expect(recoverSigner(challengeHash(spotDomain(domain), challenge), signature)).toBe(proof.signer);
  expect(recoverSigner(challengeHash(domain, challenge), signature)).not.toBe(proof.signer); // no scheduled challenge
  expect(await delivered(id)).toEqual(['ack']);
  expect(await store.any(id)).toEqual(row);
});

test('work without the epoch’s beacon: not begun, and no challenge left', async () => {
  const id = await ordered(3, 1);
  expect(await delivered(id)).toEqual(['ack']);
  expect(await store.any(id)).toMatchObject({ state: 'failed', failure: { code: 'not-ready' } });
  expect((await store.any(id))?.steps.map(({ step }) => step)).toEqual(['queued', 'failed']);
});
