// Faults as dishonest keys commit them, each with its proof, for the tests of the fault prover and of what a proof costs.
import { p256 } from '@noble/curves/nist.js';
import { randomnessOf } from '../../../protocol/beacon.ts';
import { challengeHash, type Challenge } from '../../../protocol/challenge.ts';
import { fromHex, toHex, type Hex } from '../../../protocol/bytes.ts';
import { rootDigest } from '../../../protocol/consensus/root.ts';
import type { EpochRoot, Statement } from '../../../protocol/consensus/types.ts';
import type { Domain } from '../../../protocol/domain.ts';
import type { FaultProof, NodeReceipt, SignedReport } from '../../../protocol/fault-proof.ts';
import type { Policy } from '../../../protocol/policy.ts';
import { commitmentPayload, openingPayload } from '../../../protocol/receipts.ts';
import { reportDigest, type EpochReport } from '../../../protocol/report.ts';
import { epochBeaconRound, slotDraws } from '../../../protocol/schedule.ts';
import { signDigest } from '../../../protocol/signer.ts';
import { beacon } from '../../support/world.ts';
import { makeRoot, word, type TestNode, type TestValidator } from './actors.ts';
import { CHAIN_ID, GENESIS, SLOTS_PER_EPOCH, SLOT_SECONDS, type Network } from './network.ts';

const domainOf = ({ registry }: Network): Domain => ({ chainId: CHAIN_ID, registry });

export function twoReports(network: Network, { signerKey }: TestValidator, report: EpochReport): FaultProof {
  const signed = (change: Partial<EpochReport>): SignedReport => {
    const changed = { ...report, ...change };
    return { report: changed, signature: signDigest(reportDigest(domainOf(network), changed), signerKey) };
  };
  return { kind: 'two-reports', a: signed({}), b: signed({ auditRoot: word('other audits') }) };
}

export function twoRoots(network: Network, validator: TestValidator, epoch: number): FaultProof {
  const signed = (change: Partial<EpochRoot>): Statement => {
    const root = makeRoot(epoch, change);
    const signature = signDigest(rootDigest(domainOf(network), root), validator.signerKey);
    return { validator: validator.operator, root, signature };
  };
  return { kind: 'two-roots', validator: validator.operator, a: signed({}), b: signed({ scoreRoot: word('other scores') }) };
}

const clock = { genesis: GENESIS, slotSeconds: SLOT_SECONDS, slotsPerEpoch: SLOTS_PER_EPOCH };

/** The index of the node that the report's validator drew at a place; how many draws a slot has is not looked at. */
export function drawnIndex(
  { report, policy }: { readonly report: EpochReport; readonly policy: Policy },
  { slot, draw }: { readonly slot: number; readonly draw: number },
): number {
  const { epoch, seed, nodeCount } = report;
  const randomness = randomnessOf(beacon.sign(epochBeaconRound(clock, policy, epoch)).signature);
  const found = slotDraws({ epoch, clock, policy, seed, beacon: randomness, nodeCount, validatorCount: 1 }, slot)[draw];
  if (found === undefined) throw new Error('no such draw');
  return found.nodeIndex;
}

/** A challenge that the validator signed, to the node, at a place; whether it was drawn is the epoch's to say. */
export function signedChallenge(
  network: Network,
  { operator, signerKey }: TestValidator,
  { report, policy }: { readonly report: EpochReport; readonly policy: Policy },
  place: { readonly slot: number; readonly draw: number; readonly nodeId: Hex },
): FaultProof {
  const { epoch } = report;
  const challenge: Challenge = {
    ...{ epoch, ...place, validator: operator, kind: 1, paramsHash: word('params'), nonce: word('nonce') },
    deadline: 1_700_000_000_000,
  };
  return {
    ...{ kind: 'undrawn', challenge, signature: signDigest(challengeHash(domainOf(network), challenge), signerKey), report },
    ...{ beacon: beacon.sign(epochBeaconRound(clock, policy, epoch)), policy },
  };
}

/** The node's receipts of a commitment and of an opening of another one, for one challenge. */
export function twoReceipts(network: Network, label: string, { nodeId }: TestNode): FaultProof {
  const [domain, hash] = [domainOf(network), word('challenge')];
  const secret = fromHex(word(`${label} node`), 32);
  const sign = (payload: Uint8Array): Hex => toHex(p256.sign(payload, secret, { lowS: true, prehash: true }));
  const [commitment, other, drawn, openings] = ['commitment', 'other commitment', 'draw', 'openings'].map(word) as [
    Hex,
    Hex,
    Hex,
    Hex,
  ];
  const a: NodeReceipt = { type: 'commitment', commitment, signature: sign(commitmentPayload(domain, nodeId, hash, commitment)) };
  const b: NodeReceipt = {
    ...{ type: 'opening', commitment: other, drawHash: drawn, openingHash: openings },
    signature: sign(openingPayload(domain, hash, other, drawn, openings)),
  };
  return { kind: 'two-receipts', nodeId, challengeHash: hash, a, b };
}
