// What the nodes of a test's epoch answer, signed with their keys: as the protocol wants it, or wrong in one way.
import { toHex, type Hex } from '../../protocol/bytes.ts';
import { busyPayload } from '../../protocol/busy.ts';
import { KIND_VRAM, challengeHash as hashChallenge, type Challenge } from '../../protocol/challenge.ts';
import { sha256 } from '../../protocol/hash.ts';
import {
  encodeBusyMessage,
  encodeChallengeMessage,
  encodeCommitmentMessage,
  encodeOpeningMessage,
  encodeReadyMessage,
} from '../../protocol/messages.ts';
import { commitmentPayload, openingPayload } from '../../protocol/receipts.ts';
import { signDigest } from '../../protocol/signer.ts';
import type { Behaviour, Stage } from './behaviour-names.ts';
import type { Proof } from './provers.ts';
import type { Drawn } from './requests.ts';

const OTHER: Hex = `0x${'77'.repeat(32)}`;
const GARBAGE = Uint8Array.of(9, 9, 9);

/** A challenge to the same node that another validator signed. @param change makes it one that does not hold */
export function rivalChallenge({ audit, rival }: Stage, change: Partial<Challenge> = {}): Challenge {
  const { challenge, startedAt } = audit;
  return {
    ...challenge,
    ...{ validator: rival.operator, slot: 0, draw: 1, kind: 1, nonce: OTHER, deadline: startedAt + 700 },
    paramsHash: toHex(sha256(GARBAGE)), // nobody looks into a rival's parameters
    ...change,
  };
}

export type RivalOptions = {
  readonly change?: Partial<Challenge>;
  /** What the challenge's `paramsHash` is the hash of. */
  readonly params?: Uint8Array;
  readonly signerKey?: Uint8Array;
  readonly domain?: Stage['audit']['domain'];
};

/** The message in which a node got it. */
export function rivalBytes(stage: Stage, options: RivalOptions = {}): Uint8Array {
  const domain = options.domain ?? stage.audit.domain;
  const challenge = rivalChallenge(stage, options.change);
  const signature = signDigest(hashChallenge(domain, challenge), options.signerKey ?? stage.rival.signerKey);
  return encodeChallengeMessage({ domain, challenge, params: options.params ?? GARBAGE, signature });
}

/** The challenge that is turned away, or another of its validator, as its own rival. */
export function ownRival({ audit, signerKey }: Stage, change: Partial<Challenge> = {}): RivalOptions {
  return { change: { ...audit.challenge, ...change }, params: audit.task.bytes, signerKey };
}

/** Busy with that rival; the node signs its hash, or another. */
export function busyBytes(stage: Stage, options: RivalOptions & { readonly signedHash?: Hex } = {}): Uint8Array {
  const { domain, challenge, challengeHash } = stage.audit;
  const { nodeId } = challenge;
  const hash = options.signedHash ?? hashChallenge(domain, rivalChallenge(stage, options.change));
  const signature = stage.nodeKey.sign(busyPayload(domain, { nodeId, challengeHash, rivalHash: hash }));
  return encodeBusyMessage({ nodeId, challengeHash, signature, rival: rivalBytes(stage, options) });
}

export function commitmentBytes(stage: Stage, behaviour: Behaviour, proof: Proof): Uint8Array {
  const { audit } = stage;
  if (behaviour === 'garbage') return GARBAGE;
  const nodeId = behaviour === 'imposter' ? OTHER : audit.challenge.nodeId;
  const challengeHash = behaviour === 'stale' ? OTHER : audit.challengeHash;
  const commitment = behaviour === 'rootless' ? OTHER : proof.commitment;
  const signed = commitmentPayload(audit.domain, nodeId, challengeHash, behaviour === 'unsigned' ? OTHER : commitment);
  const signature = stage.nodeKey.sign(signed);
  return encodeCommitmentMessage({ nodeId, challengeHash, commitment, signature, roots: proof.roots });
}

/** The answer to the challenge: *busy*, *ready* for kind 2, or the commitment (of `proof`). */
export function firstBytes(stage: Stage, behaviour: Behaviour, proof?: Proof): Uint8Array {
  const { challengeHash, task } = stage.audit;
  if (behaviour === 'busy') return busyBytes(stage);
  if (behaviour === 'busyUnsigned') return busyBytes(stage, { signedHash: OTHER });
  if (behaviour === 'busyAlone') return busyBytes(stage, ownRival(stage));
  if (task.kind !== KIND_VRAM) return proof === undefined ? GARBAGE : commitmentBytes(stage, behaviour, proof);
  if (behaviour === 'unfilled') return GARBAGE;
  return encodeReadyMessage({ challengeHash: behaviour === 'unready' ? OTHER : challengeHash });
}

export function openingBytes(stage: Stage, behaviour: Behaviour, proof: Proof, drawn: Drawn): Uint8Array {
  const { audit } = stage;
  const positions = behaviour === 'misplaced' ? drawn.positions.toReversed() : drawn.positions;
  const openings = proof.open(positions);
  const { challengeHash, domain } = audit;
  const hash = behaviour === 'unsignedOpening' ? OTHER : toHex(sha256(openings));
  const signature = stage.nodeKey.sign(openingPayload(domain, challengeHash, proof.commitment, drawn.hash, hash));
  const commitment = behaviour === 'equivocator' ? OTHER : proof.commitment;
  return encodeOpeningMessage({ challengeHash, commitment, signature, openings });
}
