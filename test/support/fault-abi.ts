// FaultProver's four calls as its Solidity declares them, written by hand, and its fault keys by viem: what the golden vectors'
// calldata is made with, so that they depend on neither the compiler's ABI nor our encoders.
import { encodeAbiParameters, keccak256, parseAbiParameters } from 'viem';
import type { Hex } from '../../protocol/bytes.ts';

export const FAULT_ABI = [
  'struct Challenge { uint64 epoch; uint32 slot; uint32 draw; address validator; bytes32 nodeId; uint8 kind; bytes32 paramsHash; bytes32 nonce; uint64 deadline; }',
  'struct EpochReport { uint64 epoch; address validator; bytes32 auditRoot; bytes32 summaryRoot; uint32 due; uint32 done; bytes32 seed; uint64 beaconRound; uint32 nodeCount; bytes32 policyHash; bytes32 previous; bytes32 archiveHash; }',
  'struct EpochRoot { uint64 epoch; uint32 round; bytes32 scoreRoot; bytes32 rewardRoot; bytes32 penaltyRoot; bytes32 reportSetHash; bytes32 nodeSetRoot; bytes32 previousRoot; bytes32 policyHash; }',
  'struct Receipt { bool opening; bytes32 commitment; bytes32 drawHash; bytes32 openingHash; bytes32 r; bytes32 s; }',
  'function proveTwoReports(EpochReport a, bytes sigA, EpochReport b, bytes sigB) returns (uint256)',
  'function proveTwoRoots(address validator, EpochRoot a, bytes sigA, EpochRoot b, bytes sigB) returns (uint256)',
  'function proveUndrawn(Challenge c, bytes sig, EpochReport report, bytes roundSignature, bytes policyPrefix, bytes policySuffix, uint32 auditsPerNodePerDay) returns (uint256)',
  'function proveTwoReceipts(bytes32 nodeId, bytes32 challengeHash, Receipt a, Receipt b) returns (uint256)',
] as const;

const ofEpoch = (kind: number, validator: Hex, epoch: number): Hex =>
  keccak256(encodeAbiParameters(parseAbiParameters('uint8, address, uint64'), [kind, validator, BigInt(epoch)]));

/** Under which key each fault can be proven once. */
export const faultKey = {
  reports: (validator: Hex, epoch: number): Hex => ofEpoch(1, validator, epoch),
  roots: (validator: Hex, epoch: number, round: number): Hex =>
    keccak256(encodeAbiParameters(parseAbiParameters('uint8, address, uint64, uint32'), [2, validator, BigInt(epoch), round])),
  undrawn: (validator: Hex, epoch: number): Hex => ofEpoch(3, validator, epoch),
  receipts: (nodeId: Hex, challengeHash: Hex): Hex =>
    keccak256(encodeAbiParameters(parseAbiParameters('uint8, bytes32, bytes32'), [4, nodeId, challengeHash])),
};
