// Calldata for the fault prover, from a fault with all that proves it. Pure encoding: whether the proof holds is for the contract.
import { encodeFunctionData } from 'viem';
import { ZERO32, type Hex } from '../protocol/bytes.ts';
import type { FaultProof, NodeReceipt } from '../protocol/fault-proof.ts';
import { excerptPolicy } from '../protocol/faults.ts';
import { faultProverAbi as abi } from '../schema/abi/FaultProver.ts';
import { uncompressedG1 } from './signatures.ts';
import { addressOf, epochArgument, reportTuple, rootTuple } from './values.ts';

type Of<Kind extends FaultProof['kind']> = Extract<FaultProof, { kind: Kind }>;

export function encodeProveTwoReports({ a, b }: Of<'two-reports'>): Hex {
  const args = [reportTuple(a.report), a.signature, reportTuple(b.report), b.signature] as const;
  return encodeFunctionData({ abi, functionName: 'proveTwoReports', args });
}

export function encodeProveTwoRoots({ validator, a, b }: Of<'two-roots'>): Hex {
  const args = [addressOf(validator), rootTuple(a.root), a.signature, rootTuple(b.root), b.signature] as const;
  return encodeFunctionData({ abi, functionName: 'proveTwoRoots', args });
}

/** @throws ChainError bad_argument when the round's signature is no point of the curve */
export function encodeProveUndrawn({ challenge, signature, report, beacon, policy }: Of<'undrawn'>): Hex {
  const { prefix, suffix, auditsPerNodePerDay } = excerptPolicy(policy);
  const tuple = { ...challenge, epoch: epochArgument(challenge.epoch), deadline: epochArgument(challenge.deadline) };
  const round = uncompressedG1(beacon.signature);
  const args = [tuple, signature, reportTuple(report), round, prefix, suffix, auditsPerNodePerDay] as const;
  return encodeFunctionData({ abi, functionName: 'proveUndrawn', args });
}

function receiptTuple(receipt: NodeReceipt) {
  const isOpening = receipt.type === 'opening';
  return {
    opening: isOpening,
    commitment: receipt.commitment,
    drawHash: isOpening ? receipt.drawHash : ZERO32,
    openingHash: isOpening ? receipt.openingHash : ZERO32,
    r: `0x${receipt.signature.slice(2, 66)}`,
    s: `0x${receipt.signature.slice(66, 130)}`,
  } as const;
}

export function encodeProveTwoReceipts({ nodeId, challengeHash, a, b }: Of<'two-receipts'>): Hex {
  const args = [nodeId, challengeHash, receiptTuple(a), receiptTuple(b)] as const;
  return encodeFunctionData({ abi, functionName: 'proveTwoReceipts', args });
}

/** The calldata that proves a fault, of whichever kind. @throws ChainError bad_argument */
export function encodeProve(proof: FaultProof): Hex {
  switch (proof.kind) {
    case 'two-reports':
      return encodeProveTwoReports(proof);
    case 'two-roots':
      return encodeProveTwoRoots(proof);
    case 'undrawn':
      return encodeProveUndrawn(proof);
    case 'two-receipts':
      return encodeProveTwoReceipts(proof);
  }
}
