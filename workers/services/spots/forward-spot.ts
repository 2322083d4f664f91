// An order at a gateway, which has no key to ask with: it is passed on to a validator that the operator has an account with, one after the
// other until one takes it, and its result is taken over, with its transcript, when it fits together.
import { ascii, toHex } from '../../../protocol/bytes.ts';
import type { Domain } from '../../../protocol/domain.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { recordHash } from '../../../protocol/record.ts';
import { recoverSigner } from '../../../protocol/signer.ts';
import { spotNonce, spotRecordDigest } from '../../../protocol/spot.ts';
import { decodeChallengeMessage } from '../../../protocol/messages.ts';
import { decodeTranscript } from '../../../protocol/transcript.ts';
import { spotDetail, type SpotDetail, type SpotFailure, type SpotProof } from '../../../schema/api/spots.ts';
import { KIND_PRESENCE } from '../../../protocol/challenge.ts';
import { decoded } from '../../../protocol/judge.ts';
import type { Clock } from '../ports.ts';
import type { SpotResult } from './audit-spot.ts';
import { TRANSCRIPT_BYTES_MAX, UPSTREAMS_TRIED_MAX, UPSTREAM_POLL_MS, UPSTREAM_SKEW_MS, UPSTREAM_WAIT_MS_MAX } from './limits.ts';
import type { SpotRow, SpotStore, Upstreams } from './ports.ts';

export type Forwarder = {
  readonly domain: Domain;
  readonly upstreams: Upstreams;
  readonly clock: Clock;
  /** The validator whose signer this is at an epoch; null where the seats of it are not known, or it has none. */
  readonly validatorOf: (epoch: number, signer: string) => Promise<string | null>;
  /** Notes that an order takes this record; false where another has. */
  readonly takeRecord: SpotStore['takeRecord'];
  readonly note: (step: 'forwarded') => Promise<void>;
};

/** Whether it was taken, and what is to be said if no other takes it. */
type Tried = SpotResult | { readonly refused: string };

const interrupted = (detail: string): SpotFailure => ({ code: 'interrupted', detail });

/** Each order begins with another, so that the load is spread and the choice is nobody's. */
export function placesFor(id: string, count: number): number[] {
  const first = count === 0 ? 0 : (sha256(ascii(id))[0] ?? 0) % count;
  return Array.from({ length: Math.min(count, UPSTREAMS_TRIED_MAX) }, (_, i) => (first + i) % count);
}

function parsed(json: unknown): SpotDetail | null {
  const result = spotDetail.safeParse(json);
  return result.success ? result.data : null;
}

/** What does not fit together in what a validator says of its audit; null when all does. */
async function flaw(
  { clock, domain, takeRecord, validatorOf }: Forwarder,
  row: SpotRow,
  proof: SpotProof,
  transcript: Uint8Array,
): Promise<string | null> {
  const { record, seed, signature, signer } = proof;
  if (proof.chainId !== domain.chainId || proof.registry !== domain.registry) return 'it is of another network';
  if (record.nodeId !== row.nodeId || record.kind !== row.kind) return 'it is of another node or kind';
  const [begunMs, nowMs] = [record.startedAt, clock.nowMs()];
  if (begunMs < row.createdAtMs - UPSTREAM_SKEW_MS) return 'it was begun before the order, so that it is the answer to another';
  if (begunMs > nowMs + UPSTREAM_SKEW_MS) return 'it is said to begin in the future';
  if (recordHash(record) !== proof.recordHash) return 'the record’s hash is wrong';
  if (recoverSigner(spotRecordDigest(domain, record), signature) !== signer) return 'the record’s signature is wrong';
  if ((await validatorOf(record.epoch, signer)) !== record.validator) return 'its signer has no seat';
  if (toHex(sha256(transcript)) !== record.transcriptHash) return 'the transcript is another';
  const sent = decoded((bytes) => decodeChallengeMessage(decodeTranscript(bytes).challenge), transcript);
  if (sent?.challenge.nonce !== spotNonce(seed)) return 'the seed is not the challenge’s';
  return (await takeRecord(proof.recordHash, row.id, nowMs)) ? null : 'it is the answer to another order';
}

async function takeOver(forwarder: Forwarder, row: SpotRow, place: number, remote: SpotDetail): Promise<SpotResult> {
  if (remote.failure !== null) return remote.failure;
  const { proof } = remote;
  if (proof === null) return interrupted('The validator ended the audit without saying how.');
  const transcript = await forwarder.upstreams.bytes(place, `${remote.links.self}/transcript`, TRANSCRIPT_BYTES_MAX);
  if (transcript === null) return interrupted('The validator’s transcript was not to be had.');
  const why = await flaw(forwarder, row, proof, transcript);
  return why === null ? { proof, transcript } : interrupted(`The validator’s result was not taken over: ${why}.`);
}

async function follow(forwarder: Forwarder, row: SpotRow, place: number, first: SpotDetail): Promise<SpotResult> {
  const { clock, upstreams } = forwarder;
  const until = clock.nowMs() + UPSTREAM_WAIT_MS_MAX;
  let remote = first;
  while (remote.state === 'queued' || remote.state === 'running') {
    if (clock.nowMs() >= until) return interrupted('The validator that took the order did not end it in time.');
    await clock.until(clock.nowMs() + UPSTREAM_POLL_MS);
    const next = await upstreams.ask(place, { method: 'GET', path: `/v1/audits/on-demand/${first.id}` });
    remote = next?.status === 200 ? (parsed(next.json) ?? remote) : remote;
  }
  return takeOver(forwarder, row, place, remote);
}

async function offer(forwarder: Forwarder, row: SpotRow, place: number): Promise<Tried> {
  const body = { node: row.nodeId, kind: row.kind === KIND_PRESENCE ? 'presence' : 'gemm' };
  const request = { method: 'POST', path: '/v1/audits', body, key: row.id } as const;
  const answer = await forwarder.upstreams.ask(place, request);
  if (answer === null) return { refused: 'it did not answer' };
  const taken = answer.status === 202 || answer.status === 200 ? parsed(answer.json) : null;
  if (taken === null) return { refused: `it answered ${String(answer.status)}` };
  if (taken.nodeId !== row.nodeId) return { refused: 'it took another order' };
  await forwarder.note('forwarded');
  return follow(forwarder, row, place, taken);
}

/** Nobody is asked twice: a validator knows the order by its id, which is the key there. */
export async function forwardSpot(forwarder: Forwarder, row: SpotRow): Promise<SpotResult> {
  const refusals: string[] = [];
  for (const place of placesFor(row.id, forwarder.upstreams.count)) {
    const tried = await offer(forwarder, row, place);
    if (!('refused' in tried)) return tried;
    refusals.push(tried.refused);
  }
  const said = refusals.length === 0 ? 'none is configured' : refusals.join('; ');
  return { code: 'no-validator', detail: `No validator took the order: ${said}.` };
}
