// Fills D1 and R2 with epochs of many validators as mirroring and agreeing leave them, through the store that they write with.
// Scores differ by node: the first ones are good, every fifth has too few samples, every seventh is below all tiers.
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { concat, toHex, u32, ZERO32, type Hex } from '../../../protocol/bytes.ts';
import { rootsOf } from '../../../protocol/consensus/leaves.ts';
import { rootHash } from '../../../protocol/consensus/root.ts';
import { nodeSetRoot, reportSetHash, sortEntries } from '../../../protocol/consensus/sets.ts';
import type { EpochRoot, Leaves, NodeScore, NodeService } from '../../../protocol/consensus/types.ts';
import { cappedWeights, sharesPpm } from '../../../protocol/consensus/weights.ts';
import { sha256, tag } from '../../../protocol/hash.ts';
import { policyHash } from '../../../protocol/policy.ts';
import { epochStart, type EpochNode } from '../../../protocol/schedule.ts';
import { tellable } from '../../../schema/wire/network.ts';
import { d1Network } from '../../../workers/adapters/d1-network.ts';
import { leavesKey } from '../../../workers/services/network/agree-sets.ts';
import type { Mirror, PeerSeat, StoredRoot } from '../../../workers/services/network/ports.ts';
import { nodeIdOf } from './ledger-rows.ts';
import { bindings, CLOCK, embeddedPolicy } from './web-env.ts';

const bytesOf = (name: string, ...numbers: number[]): Uint8Array => sha256(tag(name), ...numbers.map(u32));
export const hashOf = (name: string, ...numbers: number[]): Hex => toHex(bytesOf(name, ...numbers));
export const operatorOf = (seat: number): Hex => toHex(bytesOf('validator', seat).subarray(0, 20));
export const objectKey = (hash: Hex): string => `archive/${hash.slice(2)}`;

export const store = () => d1Network(bindings.DB);

export const seatOf = (seat: number): PeerSeat => ({
  operator: operatorOf(seat),
  signer: toHex(bytesOf('signer', seat).subarray(0, 20)),
  url: `https://validator-${String(seat)}.example.org`,
  stake: BigInt(1000 + 100 * seat) * 10n ** 18n,
});

export const networkNode = (index: number, change: Partial<EpochNode> = {}): EpochNode => ({
  ...{ index, nodeId: nodeIdOf(index), operator: toHex(bytesOf('operator', index).subarray(0, 20)) },
  ...{ publicKey: { x: hashOf('x', index), y: hashOf('y', index) }, url: `https://gpu-${String(index)}.example.net/` },
  ...{ gpuClass: 'cpu-demo', vramMiB: 24_576, retired: false, ...change },
});

const reportHashOf = (epoch: number, seat: number): Hex => hashOf('report', epoch, seat);

export function scoreOf(epoch: number, index: number): NodeScore {
  const tiers = embeddedPolicy().consensus.tiers;
  const few = index % 5 === 4;
  const bad = index % 7 === 6;
  const scorePpm = few ? 400_000 : bad ? 31_000 : 985_000 - 1000 * (index % 300);
  const found = tiers.findIndex((tier) => scorePpm >= tier.scorePpm);
  return {
    ...{ epoch, nodeIndex: index, nodeId: nodeIdOf(index), scorePpm, ratePpm: scorePpm + 10_000, correctPpm: 1_000_000 },
    ...{ samples: few ? 7 : 412, effectiveSamples: few ? 7 : 390, measure: few ? 0 : 312_000_000 + index, elapsedMs: 814 },
    tier: few ? 0 : 1 + (found < 0 ? tiers.length : found),
  };
}

export function serviceOf(epoch: number, index: number): NodeService {
  const few = index % 5 === 4;
  return {
    ...{ epoch, nodeIndex: index, nodeId: nodeIdOf(index), uptimePpm: few ? 900_000 : 999_000 - index, uptimeSamples: 8640 },
    ...{ uptimeLowPpm: few ? 870_000 : 997_000 - index, latencyMs: 40 + index, latencyHighMs: 95 + index },
    bandwidth: few ? 0 : 2_800_000_000_000 + index,
  };
}

export function leavesOf(epoch: number, nodes: readonly number[], seats: readonly PeerSeat[]): Leaves {
  const shares = sharesPpm(cappedWeights(seats.map(({ stake }) => stake)));
  return {
    scores: nodes.map((index) => scoreOf(epoch, index)),
    services: nodes.map((index) => serviceOf(epoch, index)),
    validators: seats.map(({ operator }, seat) => ({
      ...{ epoch, validator: operator, weightPpm: shares[seat] ?? 0, accuracyPpm: 990_000 - seat, agreementPpm: 995_000 },
      ...{ coveragePpm: seat === 3 ? 0 : 1_000_000, reward: BigInt(12 + seat) * 10n ** 18n + 5n * 10n ** 17n },
    })),
    rewards: seats
      .map(({ operator }, seat) => ({ account: operator, cumulative: BigInt(epoch * (seat + 1)) * 10n ** 18n }))
      .toSorted((a, b) => (a.account < b.account ? -1 : 1)),
    penalties: nodes
      .filter((index) => index % 7 === 6)
      .map((index) => ({ owner: networkNode(index).operator, nodeId: nodeIdOf(index), cumulative: 5n * 10n ** 18n }))
      .toSorted((a, b) => (a.owner + a.nodeId < b.owner + b.nodeId ? -1 : 1)),
  };
}

/** How the seats' archives stand, by seat; `verified` for those not named. */
export type Standing = Partial<Record<number, Pick<Mirror, 'state' | 'check' | 'detail'>>>;

export type NetworkSeed = {
  readonly epoch: number;
  readonly nodes: readonly number[];
  readonly seatCount?: number;
  readonly standing?: Standing;
  /** What became of the epoch; `none`: no root is known. */
  readonly root?: 'final' | 'disputed' | 'none';
  /** Seats that signed, as a bitmap. */
  readonly signed?: number;
  readonly previous?: StoredRoot | null;
  /** Whether the leaves lie in R2 in one piece, too. */
  readonly stored?: boolean;
};

export type SeededNetwork = {
  readonly root: EpochRoot;
  readonly rootHash: Hex;
  readonly stored: StoredRoot;
  readonly leaves: Leaves;
  readonly seats: readonly PeerSeat[];
};

async function addMirrors(
  epoch: number,
  seats: readonly PeerSeat[],
  nodes: readonly number[],
  standing: Standing,
): Promise<void> {
  for (const [seat, { operator }] of seats.entries()) {
    const found = standing[seat] ?? { state: 'verified', check: null, detail: null };
    const absent = found.state === 'absent';
    const mirror: Mirror = {
      ...{ epoch, validator: operator, ...found, reportHash: absent ? null : reportHashOf(epoch, seat) },
      ...{ archiveHash: absent ? null : hashOf('archive', epoch, seat), due: absent ? 0 : 40, done: absent ? 0 : 39 },
      ...{ source: found.state === 'verified' ? operator : null, attempts: 1, updatedAtMs: 1000 * epochStart(CLOCK, epoch + 2) },
    };
    const tallies = nodes.map((nodeIndex) => ({
      ...{ nodeIndex, pass: 10, wrong: nodeIndex % 7 === 6 ? 9 : 0, slow: 1, network: seat, busy: 3, void: 2 },
      ...{ medianMeasure: 312_000_000, medianElapsedMs: 814, present: 95, absent: 5 - seat, latencyMs: 40, latencyHighMs: 95 },
      ...{ fills: 3, bandwidth: 2_800_000_000_000 },
    }));
    await store().setMirror(mirror, found.state === 'verified' ? tallies : null);
  }
}

export async function addNetworkEpoch(seed: NetworkSeed): Promise<SeededNetwork> {
  const { epoch, nodes, seatCount = 4, standing = {}, root: state = 'final', previous = null } = seed;
  const seats = Array.from({ length: seatCount }, (_, seat) => seatOf(seat));
  const hash = policyHash(embeddedPolicy());
  const facts = { epoch, policyHash: hash, nodeCount: nodes.length, seats, beacon: null };
  await store().observe(
    facts,
    nodes.map((index) => networkNode(index)),
  );
  await addMirrors(epoch, seats, nodes, standing);
  const verified = seats.flatMap(({ operator }, seat) =>
    (standing[seat]?.state ?? 'verified') === 'verified'
      ? [{ epoch, validator: operator, reportHash: reportHashOf(epoch, seat) }]
      : [],
  );
  const entries = sortEntries(verified);
  await store().keepReportSet(reportSetHash(entries), entries, epoch);
  const leaves = leavesOf(epoch, nodes, seats);
  const root: EpochRoot = {
    ...{ epoch, round: 0, ...rootsOf(leaves), reportSetHash: reportSetHash(entries), previousRoot: previous?.rootHash ?? ZERO32 },
    nodeSetRoot: nodeSetRoot(nodes.map((index) => networkNode(index))),
    policyHash: hash,
  };
  const stored: StoredRoot = {
    ...{ epoch, root, rootHash: rootHash(root), state: state === 'none' ? 'final' : state, seats: seed.signed ?? 0b0111 },
    ...{ provisional: seatCount < 4, previousEpoch: previous?.epoch ?? null, blockNumber: 500 + epoch },
    ...{ transactionHash: hashOf('posted', epoch), finalAtMs: 1000 * epochStart(CLOCK, epoch + 2) },
    note: state === 'disputed' ? 'node 3: scorePpm 900000 / 800000' : null,
  };
  for (const { operator } of seats.slice(0, 3)) {
    const signature = toHex(concat(bytesOf('signed', epoch), bytesOf(operator, epoch), new Uint8Array([27])));
    await store().addStatement({ validator: operator, root, signature }, stored.rootHash, 1);
  }
  if (state !== 'none') await store().adopt(stored, state === 'final' ? leaves : null);
  if (seed.stored === true) {
    const bytes = utf8ToBytes(JSON.stringify(tellable(leaves)));
    await bindings.ARCHIVE.put(leavesKey(stored.rootHash), bytes, { customMetadata: { epoch: String(epoch) } });
  }
  return { root, rootHash: stored.rootHash, stored, leaves, seats };
}

/** A mirrored object under its hash; its hash. */
export async function addObject(epoch: number, bytes: Uint8Array): Promise<Hex> {
  const hash = toHex(sha256(bytes));
  await bindings.ARCHIVE.put(objectKey(hash), bytes, { customMetadata: { epoch: String(epoch) } });
  return hash;
}
