// The wire messages (docs/protocol.md, section 8): type byte, version byte, fixed fields, nothing after the end.
// Decoders throw ProtocolError for anything else; a message is refused whole.
import { Reader, concat, fromHex, toHex, u16, u32, u64, u8, type Hex } from './bytes.ts';
import type { Challenge } from './challenge.ts';
import type { Domain } from './domain.ts';
import { ProtocolError } from './errors.ts';
import { sha256 } from './hash.ts';
import { encodePositions, type Position } from './receipts.ts';

const VERSION = 1;
/** The first byte of each message. */
const TYPE = { challenge: 1, commitment: 2, draw: 3, opening: 4, ready: 6, start: 7, busy: 8 } as const;

export type ChallengeMessage = {
  readonly domain: Domain;
  readonly challenge: Challenge;
  readonly params: Uint8Array;
  readonly signature: Hex;
};
export type CommitmentMessage = {
  readonly nodeId: Hex;
  readonly challengeHash: Hex;
  readonly commitment: Hex;
  readonly signature: Hex;
  readonly roots: readonly Uint8Array[];
};
export type DrawMessage = {
  readonly challengeHash: Hex;
  readonly commitment: Hex;
  readonly signature: Hex;
  readonly positions: readonly Position[];
};
export type OpeningMessage = {
  readonly challengeHash: Hex;
  readonly commitment: Hex;
  readonly signature: Hex;
  readonly openings: Uint8Array;
};

/** Kind 2: the memory is filled. */
export type ReadyMessage = { readonly challengeHash: Hex };
/** Kind 2: what the passes are keyed with. */
export type StartMessage = { readonly challengeHash: Hex; readonly start: Hex; readonly signature: Hex };
/** The node works for another validator, whose challenge goes with it. */
export type BusyMessage = {
  readonly nodeId: Hex;
  readonly challengeHash: Hex;
  readonly signature: Hex;
  /** A whole challenge message, as it was received. */
  readonly rival: Uint8Array;
};

function open(bytes: Uint8Array, type: number): Reader {
  const reader = new Reader(bytes);
  if (reader.u8() !== type || reader.u8() !== VERSION)
    throw new ProtocolError('bad_form', 'not a message of this type and version');
  return reader;
}

export function encodeChallengeMessage({ domain, challenge, params, signature }: ChallengeMessage): Uint8Array {
  return concat(
    u8(TYPE.challenge),
    u8(VERSION),
    u64(domain.chainId),
    fromHex(domain.registry, 20),
    u64(challenge.epoch),
    u32(challenge.slot),
    u32(challenge.draw),
    fromHex(challenge.validator, 20),
    fromHex(challenge.nodeId, 32),
    u8(challenge.kind),
    fromHex(challenge.nonce, 32),
    u64(challenge.deadline),
    fromHex(signature, 65),
    u16(params.length),
    params,
  );
}

export function decodeChallengeMessage(bytes: Uint8Array): ChallengeMessage {
  const reader = open(bytes, TYPE.challenge);
  const domain = { chainId: reader.u64(), registry: reader.hex(20) };
  const head = { epoch: reader.u64(), slot: reader.u32(), draw: reader.u32(), validator: reader.hex(20), nodeId: reader.hex(32) };
  const tail = { kind: reader.u8(), nonce: reader.hex(32), deadline: reader.u64() };
  const signature = reader.hex(65);
  const params = reader.bytes(reader.u16());
  reader.end();
  return { domain, challenge: { ...head, ...tail, paramsHash: toHex(sha256(params)) }, params, signature };
}

export function encodeCommitmentMessage(message: CommitmentMessage): Uint8Array {
  return concat(
    u8(TYPE.commitment),
    u8(VERSION),
    fromHex(message.nodeId, 32),
    fromHex(message.challengeHash, 32),
    fromHex(message.commitment, 32),
    fromHex(message.signature, 64),
    u16(message.roots.length),
    ...message.roots,
  );
}

/** Bytes of a commitment message with so many roots. */
export function commitmentMessageBytes(roots: number): number {
  return 2 + 3 * 32 + 64 + 2 + 32 * roots;
}

export function decodeCommitmentMessage(bytes: Uint8Array): CommitmentMessage {
  const reader = open(bytes, TYPE.commitment);
  const ids = { nodeId: reader.hex(32), challengeHash: reader.hex(32), commitment: reader.hex(32), signature: reader.hex(64) };
  const roots = Array.from({ length: reader.u16() }, () => reader.bytes(32));
  reader.end();
  return { ...ids, roots };
}

export function encodeDrawMessage(message: DrawMessage): Uint8Array {
  const head = [u8(TYPE.draw), u8(VERSION), fromHex(message.challengeHash, 32), fromHex(message.commitment, 32)];
  return concat(...head, fromHex(message.signature, 65), encodePositions(message.positions));
}

export function decodeDrawMessage(bytes: Uint8Array): DrawMessage {
  const reader = open(bytes, TYPE.draw);
  const ids = { challengeHash: reader.hex(32), commitment: reader.hex(32), signature: reader.hex(65) };
  const positions = Array.from({ length: reader.u16() }, () => ({ round: reader.u16(), leaf: reader.u32() }));
  reader.end();
  return { ...ids, positions };
}

export function encodeOpeningMessage(message: OpeningMessage): Uint8Array {
  const head = [u8(TYPE.opening), u8(VERSION), fromHex(message.challengeHash, 32), fromHex(message.commitment, 32)];
  return concat(...head, fromHex(message.signature, 64), message.openings);
}

/** The openings are not looked into here: their form depends on the challenge kind. */
export function decodeOpeningMessage(bytes: Uint8Array): OpeningMessage {
  const reader = open(bytes, TYPE.opening);
  return { challengeHash: reader.hex(32), commitment: reader.hex(32), signature: reader.hex(64), openings: reader.rest() };
}

export function encodeReadyMessage({ challengeHash }: ReadyMessage): Uint8Array {
  return concat(u8(TYPE.ready), u8(VERSION), fromHex(challengeHash, 32));
}

export function decodeReadyMessage(bytes: Uint8Array): ReadyMessage {
  const reader = open(bytes, TYPE.ready);
  const challengeHash = reader.hex(32);
  reader.end();
  return { challengeHash };
}

export function encodeStartMessage({ challengeHash, start, signature }: StartMessage): Uint8Array {
  return concat(u8(TYPE.start), u8(VERSION), fromHex(challengeHash, 32), fromHex(start, 32), fromHex(signature, 65));
}

export function decodeStartMessage(bytes: Uint8Array): StartMessage {
  const reader = open(bytes, TYPE.start);
  const message = { challengeHash: reader.hex(32), start: reader.hex(32), signature: reader.hex(65) };
  reader.end();
  return message;
}

export function encodeBusyMessage({ nodeId, challengeHash, signature, rival }: BusyMessage): Uint8Array {
  const head = [u8(TYPE.busy), u8(VERSION), fromHex(nodeId, 32), fromHex(challengeHash, 32), fromHex(signature, 64)];
  return concat(...head, rival);
}

/** The rival is not looked into here. */
export function decodeBusyMessage(bytes: Uint8Array): BusyMessage {
  const reader = open(bytes, TYPE.busy);
  return { nodeId: reader.hex(32), challengeHash: reader.hex(32), signature: reader.hex(64), rival: reader.rest() };
}

/** Whether an answer to a challenge says that it is a busy message. */
export function isBusy(bytes: Uint8Array): boolean {
  return bytes[0] === TYPE.busy;
}
