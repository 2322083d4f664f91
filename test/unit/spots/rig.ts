// A validator that audits on demand: its real service and transport over HTTP to a real runner in this process; chain and ledger in memory.
import type { Hex } from '../../../protocol/bytes.ts';
import { policyHash } from '../../../protocol/policy.ts';
import { epochBeaconRound, type EpochNode } from '../../../protocol/schedule.ts';
import { signDigest, signerAddress } from '../../../protocol/signer.ts';
import type { SpotEvidence, SpotFacts } from '../../../protocol/spot-check.ts';
import type { NodeSigner } from '../../../gpu-runners/identity.ts';
import { httpTransport } from '../../../workers/adapters/http-transport.ts';
import { spotTransport } from '../../../workers/adapters/spot-transport.ts';
import type { Context } from '../../../workers/services/ports.ts';
import { auditSpot, type Audited, type SpotAuditor, type SpotResult } from '../../../workers/services/spots/audit-spot.ts';
import type { SpotRow } from '../../../workers/services/spots/ports.ts';
import { beacon, smallPolicy } from '../../support/world.ts';
import { CLOCK, DOMAIN, EPOCH, OPERATOR, VALIDATOR_KEY, random32 } from '../runner/rig.ts';

const LOCAL = new Set(['127.0.0.1']);
const unexpected = async (): Promise<never> => {
  throw new Error('an audit on demand has no business with this port');
};

/** Small jobs, with time enough on a busy machine. */
export const policy = {
  ...smallPolicy,
  presence: { deadlineMs: 5_000 },
  classes: smallPolicy.classes.map((one) => ({
    ...one,
    gemm: { ...one.gemm, commitDeadlineMs: 5_000, openDeadlineMs: 5_000, floorOpsPerSecond: 1 },
  })),
};
export const epochBeacon = beacon.sign(epochBeaconRound(CLOCK, policy, EPOCH));

export function nodeAt(url: string, { nodeId, publicKey }: NodeSigner, change: Partial<EpochNode> = {}): EpochNode {
  return { ...{ index: 3, nodeId, operator: OPERATOR, publicKey, url, gpuClass: 'tiny', vramMiB: 0, retired: false }, ...change };
}

/** What of a validator's context an audit on demand uses; everything else would fail the test. */
export function contextFor(node: EpochNode, isOnline = true): Context {
  const entry = {
    ...{ epoch: EPOCH, policyHash: policyHash(policy), beacon: epochBeacon, state: 'open', nodeCount: 4, validatorCount: 1 },
    ...{ signers: null, beaconRound: epochBeacon.round, seedBase: { epoch: 6, seed: random32() } },
    ...{ scheduledSlots: 0, sealed: null, signed: null },
  } as const;
  const ports = {
    clock: { nowMs: Date.now, until: unexpected },
    ledger: {
      epoch: async (epoch: number) => (epoch === EPOCH ? entry : null),
      nodes: async (_epoch: number, indices: readonly number[]) =>
        new Map(indices.includes(node.index) ? [[node.index, node]] : []),
    },
    beacon: { round: unexpected, control: async () => isOnline },
    transport: httpTransport(LOCAL, unexpected),
    regions: { post: unexpected, control: unexpected },
    keys: {
      signer: signerAddress(VALIDATOR_KEY),
      sign: (digest: Hex) => signDigest(digest, VALIDATOR_KEY),
      seed: () => random32(),
    },
  };
  const clock = { genesis: CLOCK.genesis, slotSeconds: CLOCK.slotSeconds, slotsPerEpoch: CLOCK.slotsPerEpoch };
  return {
    ...{ domain: DOMAIN, validator: OPERATOR, clock, reportSeconds: 60, policyOf: () => policy },
    ports: ports as unknown as Context['ports'],
  };
}

export const orderOf = (node: EpochNode, kind: number): SpotRow => ({
  ...{ id: `spot_${'0'.repeat(32)}`, tenant: 'acme', idempotency: random32(), nodeId: node.nodeId, nodeIndex: node.index, kind },
  ...{ state: 'running', createdAtMs: 1, claimedAtMs: 2, endedAtMs: null, steps: [], proof: null, failure: null },
  transcriptBytes: null,
});

export type Done = { readonly result: SpotResult; readonly steps: string[]; readonly seed: Hex };

export async function auditNow(node: EpochNode, kind: number, isOnline = true): Promise<Done> {
  const steps: string[] = [];
  const auditor: SpotAuditor = {
    context: contextFor(node, isOnline),
    transport: spotTransport(LOCAL, unexpected),
    note: async (step) => void steps.push(step),
  };
  const seed = random32();
  return { result: await auditSpot(auditor, orderOf(node, kind), seed), steps, seed };
}

export function audited({ result }: Done): Audited {
  if ('code' in result) throw new Error(`no verdict: ${result.code}: ${result.detail}`);
  return result;
}

export const factsOf = (node: EpochNode): SpotFacts => ({
  ...{ domain: DOMAIN, clock: CLOCK, policy, node, signer: signerAddress(VALIDATOR_KEY) },
});

export function evidenceOf({ proof, transcript }: Audited): SpotEvidence {
  const { record, recordHash, seed, signature, beacon: round } = proof;
  return { record, recordHash, seed, signature, beacon: round, transcript };
}
