// Audits outside of the schedule (docs/protocol.md, section 22): the same messages under a domain of their own. A challenge that was not
// drawn is a fault of its validator, so nothing of a spot may verify as scheduled, and nothing scheduled as a spot.
import { ZERO32, fromHex, toHex, type Hex } from './bytes.ts';
import { challengeHash, type Challenge } from './challenge.ts';
import { typedPayload, type Domain } from './domain.ts';
import { hmac, keccak, sha256, tag } from './hash.ts';
import type { AuditCase } from './judge.ts';
import type { PublicKey } from './receipts.ts';
import { recordHash, type AuditRecord } from './record.ts';
import { firstDeadlineMs, type Task } from './task.ts';

/** The same registry and chain, for spots. */
export function spotDomain({ chainId, registry }: Domain): Domain {
  return { chainId, registry, purpose: 'spot' };
}

/**
 * Names its seed before the node hears of it: positions that follow from the seed were fixed when the challenge was sent.
 * @param seed 32 random bytes that nobody else knows until the spot has ended
 */
export function spotNonce(seed: Hex): Hex {
  return toHex(sha256(tag('assay/spot'), fromHex(seed, 32)));
}

/** A number for the challenge's `draw`: follows from the seed, and tells two spots of one epoch apart. */
export function spotDraw(seed: Hex): number {
  const bytes = hmac(fromHex(seed, 32), tag('assay/spot/draw'));
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

export type SpotInput = {
  /** The network's; the spot's follows. */
  readonly domain: Domain;
  /** Operator address of whoever asks. */
  readonly validator: Hex;
  /** At the time. */
  readonly epoch: number;
  readonly seed: Hex;
  readonly node: { readonly nodeId: Hex; readonly publicKey: PublicKey };
  /** Of kind 1 or 5. */
  readonly task: Task;
  /** Unix milliseconds. */
  readonly startedAt: number;
};

/** What the judge decides, with its challenge: made here alone, by whoever asks and by whoever checks it again. */
export function spotCase({ domain, validator, epoch, seed, node, task, startedAt }: SpotInput): AuditCase {
  const own = spotDomain(domain);
  const { kind, paramsHash } = task;
  const place = { epoch, slot: 0, draw: spotDraw(seed), validator, nodeId: node.nodeId };
  const challenge: Challenge = {
    ...place,
    ...{ kind, paramsHash, nonce: spotNonce(seed), deadline: startedAt + firstDeadlineMs(task) },
  };
  const hash = challengeHash(own, challenge);
  return { domain: own, challenge, challengeHash: hash, task, start: ZERO32, startedAt, publicKey: node.publicKey };
}

/** EIP-712 digest of a spot's record, which its validator signs: no tree and no root will ever hold it. */
export function spotRecordDigest(domain: Domain, record: AuditRecord): Hex {
  return toHex(keccak(typedPayload(spotDomain(domain), fromHex(recordHash(record), 32))));
}
