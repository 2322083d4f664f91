// Nodes that answer over the wire's own bytes, with the protocol's reference provers: honest in everything, or wrong in one way.
import { toHex, type Hex } from '../../../protocol/bytes.ts';
import { busyPayload } from '../../../protocol/busy.ts';
import { KIND_GEMM, KIND_PRESENCE, challengeHash } from '../../../protocol/challenge.ts';
import { expandMatrixB } from '../../../protocol/challenges/gemm/matrix.ts';
import { decodeGemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { commitGemm, multiplyRound } from '../../../protocol/challenges/gemm/prove.ts';
import { presenceCommitment } from '../../../protocol/challenges/presence.ts';
import { decodeVramParams } from '../../../protocol/challenges/vram/params.ts';
import { commitVram, fillPages } from '../../../protocol/challenges/vram/prove.ts';
import { sha256 } from '../../../protocol/hash.ts';
import {
  decodeChallengeMessage,
  decodeDrawMessage,
  decodeStartMessage,
  encodeBusyMessage,
  encodeChallengeMessage,
  encodeCommitmentMessage,
  encodeOpeningMessage,
  encodeReadyMessage,
  type ChallengeMessage,
} from '../../../protocol/messages.ts';
import { commitmentPayload, drawHash, openingPayload, type Position } from '../../../protocol/receipts.ts';
import { signDigest } from '../../../protocol/signer.ts';
import { testNodeKey } from '../../support/node-key.ts';
import type { Rival } from '../../support/behaviour-names.ts';
import type { Answer } from '../../../workers/services/ports.ts';

export type NodeScript = (path: string, body: Uint8Array) => Promise<Answer>;

type Proof = {
  readonly roots: readonly Uint8Array[];
  readonly commitment: Hex;
  readonly open: (positions: readonly Position[]) => Uint8Array;
};
type Held = { readonly message: ChallengeMessage; readonly pages: Uint32Array; proof: Proof | null };

const REFUSED: Answer = { ok: false, reason: 'refused' };
const NOTHING = new Uint32Array();

function proveGemm({ challenge, params: encoded }: ChallengeMessage): Proof {
  const params = decodeGemmParams(encoded);
  const b = expandMatrixB(params);
  return commitGemm(params, challenge.nonce, (_, nonce) => multiplyRound(params, b, nonce));
}

function present({ challenge }: ChallengeMessage): Proof {
  return { roots: [], commitment: presenceCommitment(challenge.nonce), open: () => new Uint8Array() };
}

/** @param filledFor whose data it fills its memory with, by its own id; another's is wrong */
export function honestNode(index: number, filledFor: (nodeId: Hex) => Hex = (nodeId) => nodeId): NodeScript {
  const key = testNodeKey(index);
  const held = new Map<Hex, Held>();
  const committed = (hash: Hex, { message }: Held, proof: Proof): Answer => {
    const { domain, challenge } = message;
    const { commitment, roots } = proof;
    const signature = key.sign(commitmentPayload(domain, challenge.nodeId, hash, commitment));
    return {
      ok: true,
      bytes: encodeCommitmentMessage({ nodeId: challenge.nodeId, challengeHash: hash, commitment, signature, roots }),
    };
  };
  const challenged = (body: Uint8Array): Answer => {
    const message = decodeChallengeMessage(body);
    const { domain, challenge, params } = message;
    const hash = challengeHash(domain, challenge);
    if (challenge.kind === KIND_GEMM || challenge.kind === KIND_PRESENCE) {
      const proof = challenge.kind === KIND_GEMM ? proveGemm(message) : present(message);
      const entry = { message, pages: NOTHING, proof };
      held.set(hash, entry);
      return committed(hash, entry, proof);
    }
    held.set(hash, { message, pages: fillPages(decodeVramParams(params), filledFor(challenge.nodeId)), proof: null });
    return { ok: true, bytes: encodeReadyMessage({ challengeHash: hash }) };
  };
  const started = (body: Uint8Array): Answer => {
    const { challengeHash: hash, start } = decodeStartMessage(body);
    const entry = held.get(hash);
    if (entry?.proof !== null) return REFUSED; // not known, or started before
    entry.proof = commitVram(decodeVramParams(entry.message.params), start, entry.message.challenge.nonce, entry.pages);
    return committed(hash, entry, entry.proof);
  };
  const opened = (body: Uint8Array): Answer => {
    const { challengeHash: hash, commitment, positions } = decodeDrawMessage(body);
    const entry = held.get(hash);
    if (entry === undefined || entry.proof === null) return REFUSED;
    const openings = entry.proof.open(positions);
    const drawn = drawHash(hash, commitment, positions);
    const payload = openingPayload(entry.message.domain, hash, commitment, drawn, toHex(sha256(openings)));
    return { ok: true, bytes: encodeOpeningMessage({ challengeHash: hash, commitment, signature: key.sign(payload), openings }) };
  };
  return async (path, body) => {
    if (path === '/v1/challenges') return challenged(body);
    return path === '/v1/starts' ? started(body) : opened(body);
  };
}

const RIVAL_PARAMS = Uint8Array.of(9, 9, 9); // nobody looks at a rival's parameters

/** A node that shows the challenge of `rival` instead of working, as one does that works for it already. */
export function busyNode(index: number, rival: Rival): NodeScript {
  const key = testNodeKey(index);
  return async (_path, body) => {
    const { domain, challenge } = decodeChallengeMessage(body);
    const other = {
      ...challenge,
      ...{ validator: rival.operator, kind: KIND_GEMM, nonce: toHex(sha256(body)), paramsHash: toHex(sha256(RIVAL_PARAMS)) },
    };
    const rivalHash = challengeHash(domain, other);
    const signature = signDigest(rivalHash, rival.signerKey);
    const { nodeId } = challenge;
    const hash = challengeHash(domain, challenge);
    return {
      ok: true,
      bytes: encodeBusyMessage({
        ...{ nodeId, challengeHash: hash, signature: key.sign(busyPayload(domain, { nodeId, challengeHash: hash, rivalHash })) },
        rival: encodeChallengeMessage({ domain, challenge: other, params: RIVAL_PARAMS, signature }),
      }),
    };
  };
}
