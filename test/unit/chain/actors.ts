// What validators and nodes do with their keys, for the tests of chain/: deterministic, with the project's own protocol code.
import { p256 } from '@noble/curves/nist.js';
import {
  encodePostEpoch,
  encodePostReport,
  encodeRegisterNode,
  encodeRegisterValidator,
  type NodeClaims,
} from '../../../chain/transactions.ts';
import { readPolicyHash } from '../../../chain/clock.ts';
import { readLastReport } from '../../../chain/reports.ts';
import { readRegistry } from '../../../chain/read.ts';
import { VALIDATOR_STAKE } from '../../../chain/stakes.ts';
import { epochArgument } from '../../../chain/values.ts';
import { ascii, fromHex, toHex, ZERO32, type Hex } from '../../../protocol/bytes.ts';
import { rootDigest } from '../../../protocol/consensus/root.ts';
import type { EpochRoot } from '../../../protocol/consensus/types.ts';
import { keccak } from '../../../protocol/hash.ts';
import { nodeIdOf, nodeKeyPayload, type PublicKey } from '../../../protocol/receipts.ts';
import { reportDigest, type EpochReport } from '../../../protocol/report.ts';
import { seedOf, seedTip } from '../../../protocol/seed.ts';
import { signDigest, signerAddress } from '../../../protocol/signer.ts';
import { CHAIN_ID, POLICY_HASH, type Network } from './network.ts';

export const CHAIN_LENGTH = 5000;
export const word = (label: string): Hex => toHex(keccak(ascii(label)));
export const addressFor = (label: string): Hex => signerAddress(fromHex(word(label), 32));

export type TestValidator = {
  readonly operator: Hex;
  readonly signerKey: Uint8Array;
  readonly signer: Hex;
  readonly secret: Hex;
  readonly url: string;
};

export function testValidator(label: string): TestValidator {
  const signerKey = fromHex(word(`${label} signer`), 32);
  const names = { operator: addressFor(`${label} operator`), signer: signerAddress(signerKey), secret: word(`${label} secret`) };
  return { ...names, signerKey, url: `https://${label}.example` };
}

/** Stakes the least that is needed, unless told, and registers. */
export async function registerValidator(network: Network, validator: TestValidator, amount?: bigint) {
  await network.stake(validator.operator, VALIDATOR_STAKE, amount);
  const { signer, url, secret } = validator;
  return network.send(validator.operator, encodeRegisterValidator({ signer, seedTip: seedTip(secret, CHAIN_LENGTH), url }));
}

export type TestNode = { readonly publicKey: PublicKey; readonly nodeId: Hex; readonly proof: Hex };

/** A node's key, and its proof of possession for `operator`. */
export function testNode(network: Network, label: string, operator: Hex): TestNode {
  const secret = fromHex(word(`${label} node`), 32);
  const point = p256.getPublicKey(secret, false);
  const publicKey = { x: toHex(point.subarray(1, 33)), y: toHex(point.subarray(33)) };
  const nodeId = nodeIdOf(publicKey);
  const payload = nodeKeyPayload({ chainId: CHAIN_ID, registry: network.registry }, operator, nodeId);
  return { publicKey, nodeId, proof: toHex(p256.sign(payload, secret, { lowS: true, prehash: true })) };
}

export async function registerNode(network: Network, label: string, operator: Hex, claims: NodeClaims) {
  const node = testNode(network, label, operator);
  await network.stake(operator, node.nodeId);
  const { gas } = await network.send(operator, encodeRegisterNode({ ...claims, ...node }));
  return { ...node, gas };
}

/** A right report for an epoch, on the chain that was registered in epoch 0. */
export async function makeReport(network: Network, validator: TestValidator, epoch: number): Promise<EpochReport> {
  const last = await readLastReport(network.client, validator.operator);
  return {
    epoch,
    validator: validator.operator,
    auditRoot: word(`audits ${String(epoch)}`),
    summaryRoot: word(`summaries ${String(epoch)}`),
    due: 120,
    done: 118,
    seed: seedOf(validator.secret, CHAIN_LENGTH, 2, epoch),
    beaconRound: 1_000_000 + epoch,
    nodeCount: await readRegistry(network.client, 'nodeCountAt', [epochArgument(epoch)]),
    policyHash: await readPolicyHash(network.client, epoch),
    previous: last?.reportHash ?? ZERO32,
    archiveHash: word('archive'),
  };
}

export function encodeSigned(network: Network, validator: TestValidator, report: EpochReport): Hex {
  const digest = reportDigest({ chainId: CHAIN_ID, registry: network.registry }, report);
  return encodePostReport(report, signDigest(digest, validator.signerKey));
}

/** A root of made-up lines. */
export function makeRoot(epoch: number, change: Partial<EpochRoot> = {}): EpochRoot {
  return {
    ...{ epoch, round: 0, scoreRoot: word('scores'), rewardRoot: word('rewards'), penaltyRoot: word('penalties') },
    ...{ reportSetHash: word('reports'), nodeSetRoot: word('nodes'), previousRoot: ZERO32, policyHash: POLICY_HASH },
    ...change,
  };
}

export type SignedRoot = { readonly seats: number; readonly signatures: readonly Hex[] };

/** @param signers by seat; null does not sign */
export function signRoot(network: Network, root: EpochRoot, signers: readonly (TestValidator | null)[]): SignedRoot {
  const digest = rootDigest({ chainId: CHAIN_ID, registry: network.registry }, root);
  const seats = signers.reduce((bits, signer, seat) => (signer === null ? bits : bits | (1 << seat)), 0) >>> 0;
  return { seats, signatures: signers.flatMap((signer) => (signer === null ? [] : [signDigest(digest, signer.signerKey)])) };
}

export function encodeSignedRoot(network: Network, root: EpochRoot, signers: readonly (TestValidator | null)[]): Hex {
  const { seats, signatures } = signRoot(network, root, signers);
  return encodePostEpoch(root, seats, signatures);
}
