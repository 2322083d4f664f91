// Calldata for every write of the registry: pure encoding. Keys, nonces and fees belong to whoever sends it.
import { decodeErrorResult, encodeFunctionData } from 'viem';
import type { Hex } from '../protocol/bytes.ts';
import type { PublicKey } from '../protocol/receipts.ts';
import type { EpochReport } from '../protocol/report.ts';
import { auditRegistryAbi as abi } from '../schema/abi/AuditRegistry.ts';
import { classWord, epochArgument } from './values.ts';

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
  const tuple = { ...report, epoch: epochArgument(report.epoch), beaconRound: BigInt(report.beaconRound) };
  return encodeFunctionData({ abi, functionName: 'postReport', args: [tuple, signature] });
}

/** The name of the registry's custom error in revert data, or null. `AlreadyReported` means that the sender has succeeded. */
export function revertName(data: Hex): string | null {
  try {
    return decodeErrorResult({ abi, data }).errorName;
  } catch {
    return null; // not an error of this registry
  }
}
