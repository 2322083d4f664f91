// Nonce, messages and transcript a second time, from docs/protocol.md, sections 7, 8 and 11.
import { HMAC, SHA, T, cat, uint } from './bytes.ts';

export type Context = {
  readonly chainId: number;
  readonly registry: Buffer;
  readonly validator: Buffer;
  readonly nodeId: Buffer;
  readonly epoch: number;
  readonly slot: number;
  readonly draw: number;
  readonly kind: number;
};

export function nonce(c: Context, seed: Buffer, randomness: Buffer, paramsHash: Buffer): Buffer {
  const secret = HMAC(seed, T('assay/nonce-secret'), uint(4, c.slot), uint(4, c.draw));
  const place = [uint(8, c.epoch), uint(4, c.slot), uint(4, c.draw), uint(1, c.kind)];
  return SHA(T('assay/nonce'), uint(8, c.chainId), c.registry, secret, randomness, c.validator, c.nodeId, ...place, paramsHash);
}

export function challengeRequest(c: Context, value: Buffer, deadline: number, signature: Buffer, params: Buffer): Buffer {
  const place = [uint(8, c.epoch), uint(4, c.slot), uint(4, c.draw), c.validator, c.nodeId, uint(1, c.kind)];
  const tail = [value, uint(8, deadline), signature, uint(2, params.length), params];
  return cat(Buffer.of(1, 1), uint(8, c.chainId), c.registry, ...place, ...tail);
}

export function commitmentResponse(
  nodeId: Buffer,
  challengeHash: Buffer,
  commitment: Buffer,
  signature: Buffer,
  roots: readonly Buffer[],
) {
  return cat(Buffer.of(2, 1), nodeId, challengeHash, commitment, signature, uint(2, roots.length), ...roots);
}

const places = (positions: readonly { round: number; leaf: number }[]): Buffer =>
  cat(uint(2, positions.length), ...positions.map(({ round, leaf }) => cat(uint(2, round), uint(4, leaf))));

export function openingsRequest(
  challengeHash: Buffer,
  commitment: Buffer,
  signature: Buffer,
  positions: readonly { round: number; leaf: number }[],
) {
  return cat(Buffer.of(3, 1), challengeHash, commitment, signature, places(positions));
}

export const openingsResponse = (challengeHash: Buffer, commitment: Buffer, signature: Buffer, openings: Buffer): Buffer =>
  cat(Buffer.of(4, 1), challengeHash, commitment, signature, openings);

export const drawHash = (
  challengeHash: Buffer,
  commitment: Buffer,
  positions: readonly { round: number; leaf: number }[],
): Buffer => SHA(T('assay/draw'), challengeHash, commitment, places(positions));

export const ready = (challengeHash: Buffer): Buffer => cat(Buffer.of(6, 1), challengeHash);

export const startRequest = (challengeHash: Buffer, start: Buffer, signature: Buffer): Buffer =>
  cat(Buffer.of(7, 1), challengeHash, start, signature);

export const busy = (nodeId: Buffer, challengeHash: Buffer, signature: Buffer, rival: Buffer): Buffer =>
  cat(Buffer.of(8, 1), nodeId, challengeHash, signature, rival);

export const presenceParams = (region: number): Buffer => cat(T('assay/k5/params'), uint(1, region));
export const presenceCommitment = (value: Buffer): Buffer => SHA(T('assay/k5'), value);

/** @param messages six, empty where there is none */
export const transcript = (messages: readonly Buffer[]): Buffer =>
  cat(Buffer.of(5, 2), ...messages.map((message) => cat(uint(4, message.length), message)));
