// Calldata for every write of the registry: pure encoding. Keys, nonces and fees belong to whoever sends it. What goes to the stakes,
// the rewards and the fault prover is in stake-calls.ts and prove.ts.
import { decodeErrorResult, encodeFunctionData } from 'viem';
import type { Hex } from '../protocol/bytes.ts';
import type { EpochRoot } from '../protocol/consensus/types.ts';
import type { PublicKey } from '../protocol/receipts.ts';
import type { EpochReport } from '../protocol/report.ts';
import { auditRegistryAbi as abi } from '../schema/abi/AuditRegistry.ts';
import { faultProverAbi } from '../schema/abi/FaultProver.ts';
import { rewardDistributorAbi } from '../schema/abi/RewardDistributor.ts';
import { stakeManagerAbi } from '../schema/abi/StakeManager.ts';
import { testTokenAbi } from '../schema/abi/TestToken.ts';
import { ChainError } from './errors.ts';
import { SEATS_MAX } from './limits.ts';
import { compactSignature } from './signatures.ts';
import { classWord, reportTuple, rootTuple } from './values.ts';

export type NodeClaims = { readonly url: string; readonly gpuClass: string; readonly vramMiB: number };

export function encodeRegisterValidator(input: { readonly signer: Hex; readonly seedTip: Hex; readonly url: string }): Hex {
  return encodeFunctionData({ abi, functionName: 'registerValidator', args: [input.signer, input.seedTip, input.url] });
}

export function encodeUpdateValidator(input: { readonly signer: Hex; readonly url: string }): Hex {
  return encodeFunctionData({ abi, functionName: 'updateValidator', args: [input.signer, input.url] });
}

export function encodeRotateSeed(newTip: Hex): Hex {
  return encodeFunctionData({ abi, functionName: 'rotateSeed', args: [newTip] });
}

export function encodeRetireValidator(): Hex {
  return encodeFunctionData({ abi, functionName: 'retireValidator', args: [] });
}

/** `proof` is the node key's receipt for the operator that sends this: 64 bytes r ‖ s over `nodeKeyPayload`. */
export function encodeRegisterNode(input: NodeClaims & { readonly publicKey: PublicKey; readonly proof: Hex }): Hex {
  const r: Hex = `0x${input.proof.slice(2, 66)}`;
  const s: Hex = `0x${input.proof.slice(66, 130)}`;
  const { x, y } = input.publicKey;
  return encodeFunctionData({
    abi,
    functionName: 'registerNode',
    args: [x, y, input.url, classWord(input.gpuClass), input.vramMiB, r, s],
  });
}

export function encodeUpdateNode(nodeId: Hex, claims: NodeClaims): Hex {
  const args = [nodeId, claims.url, classWord(claims.gpuClass), claims.vramMiB] as const;
  return encodeFunctionData({ abi, functionName: 'updateNode', args });
}

export function encodeRetireNode(nodeId: Hex): Hex {
  return encodeFunctionData({ abi, functionName: 'retireNode', args: [nodeId] });
}

/** `signature` is 65 bytes r ‖ s ‖ v by the validator's signer at the report's epoch. */
export function encodePostReport(report: EpochReport, signature: Hex): Hex {
  return encodeFunctionData({ abi, functionName: 'postReport', args: [reportTuple(report), signature] });
}

/**
 * @param seats bitmap of the seats that signed
 * @param signatures one for each such seat, by rising seat: 65 bytes r ‖ s ‖ v, or 64 bytes r ‖ vs
 * @throws ChainError bad_argument
 */
export function encodePostEpoch(root: EpochRoot, seats: number, signatures: readonly Hex[]): Hex {
  const bits = Number.isSafeInteger(seats) && seats >= 0 ? seats.toString(2) : '';
  if (bits.length > SEATS_MAX || bits.replaceAll('0', '').length !== signatures.length) {
    throw new ChainError('bad_argument', 'A root needs one signature for each seat in its bitmap.');
  }
  const joined: Hex = `0x${signatures.map((signature) => compactSignature(signature).slice(2)).join('')}`;
  return encodeFunctionData({ abi, functionName: 'postEpoch', args: [rootTuple(root), BigInt(seats), joined] });
}

const errors = [abi, stakeManagerAbi, faultProverAbi, rewardDistributorAbi, testTokenAbi].flatMap((of) =>
  of.filter((item) => item.type === 'error'),
);

/** The name of our contracts' custom error in revert data, or null. `AlreadyReported` means that the sender has succeeded. */
export function revertName(data: Hex): string | null {
  try {
    return decodeErrorResult({ abi: errors, data }).errorName;
  } catch {
    return null; // not an error of these contracts
  }
}
