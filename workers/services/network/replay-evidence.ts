// What an archive, its transcripts and its owner's own words prove against somebody (docs/protocol.md, section 18). Evidence is kept as
// it is found; proving it on chain is another service's work.
import { toHex, type Hex } from '../../../protocol/bytes.ts';
import { challengeHash } from '../../../protocol/challenge.ts';
import { ProtocolError } from '../../../protocol/errors.ts';
import { faultKey, isUndrawn } from '../../../protocol/faults.ts';
import { sha256 } from '../../../protocol/hash.ts';
import {
  decodeChallengeMessage,
  decodeCommitmentMessage,
  decodeDrawMessage,
  decodeOpeningMessage,
} from '../../../protocol/messages.ts';
import { commitmentPayload, drawHash, openingPayload, verifyReceipt } from '../../../protocol/receipts.ts';
import type { AuditRow } from '../../../protocol/record.ts';
import { drawName } from '../../../protocol/replay/check.ts';
import { planOf, type Replay } from '../../../protocol/replay/replay.ts';
import { reportDigest, reportHash } from '../../../protocol/report.ts';
import { recoverSigner } from '../../../protocol/signer.ts';
import { decodeTranscript } from '../../../protocol/transcript.ts';
import { PEER_JSON_BYTES_MAX } from '../../../schema/wire/limits.ts';
import { parseSignedReport } from '../../../schema/wire/network.ts';
import { PEER_DEADLINE_MS } from '../../limits.ts';
import type { FaultProof, NetworkContext } from './ports.ts';
import type { Subject } from './replay-facts.ts';

/** Bytes that the protocol does not allow prove nothing. */
function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

type Undrawn = Extract<FaultProof, { kind: 'undrawn' }>;
type TwoReceipts = Extract<FaultProof, { kind: 'two-receipts' }>;

/** The challenge that a transcript begins with, if its validator signed it and it was not drawn. */
export function undrawnIn(replay: Replay, bytes: Uint8Array): Undrawn | null {
  const { facts, manifest, policy } = replay;
  const sent = readable(() => decodeChallengeMessage(decodeTranscript(bytes).challenge));
  if (sent === null) return null;
  const { challenge, domain, signature } = sent;
  const here = domain.chainId === facts.domain.chainId && domain.registry === facts.domain.registry;
  if (!here || challenge.epoch !== facts.epoch || challenge.validator !== facts.validator) return null;
  if (recoverSigner(challengeHash(domain, challenge), signature) !== facts.signer) return null;
  if (!isUndrawn(challenge, planOf(replay), facts.nodes)) return null;
  return { kind: 'undrawn', challenge, signature, report: facts.report, beacon: manifest.beacon, policy };
}

/** Two receipts of the node for one challenge with different commitments. */
export function twoReceiptsIn(replay: Replay, row: AuditRow, bytes: Uint8Array): TwoReceipts | null {
  const { domain, nodes } = replay.facts;
  const messages = readable(() => {
    const { commitment, draw, opening } = decodeTranscript(bytes);
    return { first: decodeCommitmentMessage(commitment), drawn: decodeDrawMessage(draw), second: decodeOpeningMessage(opening) };
  });
  const node = nodes.find(({ nodeId }) => nodeId === row.nodeId);
  if (messages === null || node === undefined) return null;
  const { first, drawn, second } = messages;
  const hash = row.challengeHash;
  const sameChallenge = first.challengeHash === hash && second.challengeHash === hash && first.nodeId === row.nodeId;
  if (!sameChallenge || first.commitment === second.commitment) return null;
  const committed = commitmentPayload(domain, row.nodeId, hash, first.commitment);
  if (!verifyReceipt(node.publicKey, committed, first.signature)) return null;
  const openingHash = toHex(sha256(second.openings));
  // The node may have signed over the draw that it was sent, or over the same positions for its other commitment.
  const draws = [first.commitment, second.commitment].map((commitment) => drawHash(hash, commitment, drawn.positions));
  const over = draws.find((drawnHash) =>
    verifyReceipt(node.publicKey, openingPayload(domain, hash, second.commitment, drawnHash, openingHash), second.signature),
  );
  if (over === undefined) return null;
  const { commitment, signature } = second;
  return {
    ...{ kind: 'two-receipts', nodeId: row.nodeId, challengeHash: hash },
    a: { type: 'commitment', commitment: first.commitment, signature: first.signature },
    b: { type: 'opening', commitment, drawHash: over, openingHash, signature },
  };
}

async function keepUndrawn({ ports }: NetworkContext, proof: Undrawn): Promise<void> {
  const { challenge } = proof;
  const { validator, epoch } = challenge;
  await ports.store.addFault({
    ...{
      faultKey: faultKey({ kind: 'undrawn', validator, epoch }),
      kind: proof.kind,
      offender: validator,
      epoch,
      state: 'found',
      foundAtMs: ports.clock.nowMs(),
    },
    ...{ proof, detail: `${drawName(challenge)}: it challenged node ${challenge.nodeId}, which was not drawn` },
  });
}

async function keepReceipts({ ports }: NetworkContext, epoch: number, proof: TwoReceipts): Promise<void> {
  const { nodeId, challengeHash: hash } = proof;
  await ports.store.addFault({
    ...{ faultKey: faultKey({ kind: 'receipts', nodeId, challengeHash: hash }), kind: proof.kind, offender: nodeId, epoch },
    ...{ state: 'found', foundAtMs: ports.clock.nowMs(), proof, detail: `it signed two commitments for challenge ${hash}` },
  });
}

/** Keeps whatever a transcript proves. */
export async function keepEvidence(context: NetworkContext, replay: Replay, row: AuditRow, bytes: Uint8Array): Promise<void> {
  const undrawn = undrawnIn(replay, bytes);
  if (undrawn !== null) await keepUndrawn(context, undrawn);
  const receipts = twoReceiptsIn(replay, row, bytes);
  if (receipts !== null) await keepReceipts(context, replay.facts.epoch, receipts);
}

/** Records of challenges that were not due, or went to another node: their transcripts hold the proof. */
export function undueRows(replay: Replay): AuditRow[] {
  return replay.rows.filter((row) => replay.dueAt(row)?.node.nodeId !== row.nodeId);
}

/** Asks the owner for its signed report: another one than the posted one, signed by it, is a fault. */
export async function watchReport(context: NetworkContext, { seat, posted, known }: Subject): Promise<void> {
  const { peers, store, member, clock } = context.ports;
  const { operator, signer, url } = seat;
  if (operator === member?.operator) return;
  const { epoch } = known;
  const limits = { bytesMax: PEER_JSON_BYTES_MAX, deadlineMs: PEER_DEADLINE_MS };
  const bytes = await peers.get(url, `/v1/epochs/${String(epoch)}/report`, limits);
  const told = bytes === null ? null : parseSignedReport(bytes);
  if (told?.report.epoch !== epoch || told.report.validator !== operator) return;
  const hash: Hex = reportHash(told.report);
  if (hash === posted.reportHash || recoverSigner(reportDigest(context.domain, told.report), told.signature) !== signer) return;
  const proof: FaultProof = { kind: 'two-reports', a: { report: posted.report, signature: posted.signature }, b: told };
  await store.addFault({
    ...{ faultKey: faultKey({ kind: 'reports', validator: operator, epoch }), kind: proof.kind, offender: operator, epoch },
    ...{
      state: 'found',
      foundAtMs: clock.nowMs(),
      proof,
      detail: `it posted report ${posted.reportHash} and serves report ${hash}`,
    },
  });
}
