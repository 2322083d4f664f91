// An auditor for tests and measurements: the validator's real probe, over its real transport, with real keys, secrets and judge, asking
// any runner as any class; and its real path of a chunk, for nodes that start together. Only chain and storage are in memory.
import { ZERO32, type Hex } from '../../protocol/bytes.ts';
import { KIND_PRESENCE } from '../../protocol/challenge.ts';
import type { DueDraw } from '../../protocol/due.ts';
import { policyHash, type GpuClass, type KindEntry, type Policy } from '../../protocol/policy.ts';
import type { PublicKey } from '../../protocol/receipts.ts';
import type { AuditRow } from '../../protocol/record.ts';
import { slotDraws, type EpochClock, type EpochNode, type EpochPlan } from '../../protocol/schedule.ts';
import { signDigest, signerAddress } from '../../protocol/signer.ts';
import { taskOf } from '../../protocol/task.ts';
import type { Signers } from '../../gpu-runners/registry/registry.ts';
import { httpTransport } from '../../workers/adapters/http-transport.ts';
import { auditChunk } from '../../workers/services/audit.ts';
import { checkFor } from '../../workers/services/check.ts';
import { meetings } from '../../workers/services/meeting.ts';
import { planOf } from '../../workers/services/plan.ts';
import type { Context, Ports } from '../../workers/services/ports.ts';
import { probe, type Probe } from '../../workers/services/probe.ts';
import { postFromRegion } from '../../workers/services/region.ts';
import { semaphore } from '../../workers/services/semaphore.ts';
import { beacon, smallPolicy } from '../support/world.ts';
import { CLOCK, DOMAIN, EPOCH, OPERATOR, VALIDATOR_KEY, random32 } from '../unit/runner/rig.ts';
import { memoryLedger, memoryObjects } from '../unit/worker/memory.ts';

/** A validator: who it is, and the key that signs for it. */
export type Seat = { readonly operator: Hex; readonly key: Uint8Array };
/** A runner, as it is registered. */
export type Target = { readonly url: string; readonly nodeId: Hex; readonly publicKey: PublicKey };

export const SEAT: Seat = { operator: OPERATOR, key: VALIDATOR_KEY };

/** As a runner's registry has them: signer → operator. */
export const signersOf = (seats: readonly Seat[]): Signers =>
  new Map(seats.map(({ operator, key }) => [signerAddress(key), operator]));

const LOCAL = new Set(['127.0.0.1']);
/** A timer may fire a millisecond before its time, and early is as bad as late. */
async function until(timeMs: number): Promise<void> {
  for (let wait = timeMs - Date.now(); wait > 0; wait = timeMs - Date.now()) {
    const rest = wait;
    await new Promise((resolve) => setTimeout(resolve, rest));
  }
}

const unexpected = async (): Promise<never> => {
  throw new Error('a probe has no business with this port');
};

/** Ports of one validator; what probing needs is real. */
function portsOf({ key }: Seat, seed: Hex, nodes: readonly EpochNode[] = []): Ports {
  const transport = httpTransport(LOCAL, unexpected);
  const clock = { nowMs: Date.now, until };
  const places = semaphore(6);
  return {
    clock,
    registry: {
      ...{ deployment: unexpected, nodes: unexpected, signers: unexpected, signer: unexpected, seedBase: unexpected },
      ...{ policyHash: unexpected, lastReport: unexpected, report: unexpected },
      postCall: () => ({ to: DOMAIN.registry, data: '0x' }),
    },
    beacon: { round: async (round) => beacon.sign(round), control: async () => true },
    ledger: memoryLedger(nodes).ledger,
    objects: memoryObjects(),
    transport,
    regions: {
      post: (_region, url, path, body, limits) => postFromRegion({ clock, transport, places }, { url, path, body, limits }),
      control: async () => true,
    },
    queue: { send: unexpected },
    sender: { signReport: unexpected, signed: unexpected, submit: unexpected, state: unexpected },
    keys: { signer: signerAddress(key), sign: (digest) => signDigest(digest, key), seed: () => seed },
    health: { heard: async () => undefined, take: async () => undefined },
  };
}

function contextOf(seat: Seat, seed: Hex, policy: Policy, clock: EpochClock = CLOCK, nodes: readonly EpochNode[] = []): Context {
  const ports = portsOf(seat, seed, nodes);
  return { domain: DOMAIN, validator: seat.operator, clock, reportSeconds: 60, policyOf: () => policy, ports };
}

export type Question = {
  readonly target: Target;
  readonly gpuClass: GpuClass;
  readonly kind: number;
  /** Who asks; one of the prober's seats. */
  readonly seat?: Seat;
};

/** A probe, with what is needed to judge it again. */
export type Asked = Probe & {
  readonly plan: EpochPlan;
  readonly due: DueDraw;
  readonly task: ReturnType<typeof taskOf>;
  readonly randomness: Hex;
};

export type Prober = { readonly ask: (question: Question) => Promise<Asked> };

/** One epoch's auditors: the seed, the beacon and so the matrices are its own. @param seats whose challenges may excuse a node */
export function prober(seats: readonly Seat[] = [SEAT]): Prober {
  const [seed, epochBeacon] = [random32(), random32()];
  const contexts = new Map(seats.map((seat) => [seat, contextOf(seat, seed, smallPolicy)]));
  const signers = new Map(seats.map(({ operator, key }) => [operator, signerAddress(key)]));
  const plan: EpochPlan = {
    ...{ epoch: EPOCH, clock: CLOCK, policy: smallPolicy, seed, beacon: epochBeacon, nodeCount: 1, validatorCount: seats.length },
  };
  let draws = 0;
  return {
    async ask({ target, gpuClass, kind, seat = seats[0] ?? SEAT }) {
      const context = contexts.get(seat);
      if (context === undefined) throw new Error('this prober has no such seat');
      const draw = {
        slot: 3,
        draw: draws++,
        nodeIndex: 0,
        kind,
        cohort: 1,
        region: 0,
        scheduledMs: Date.now(),
        freshnessRound: 1,
      };
      const node = { index: 0, operator: OPERATOR, ...target, gpuClass: gpuClass.name, vramMiB: 0, retired: false };
      const task = taskOf({ policy: smallPolicy, gpuClass, kind, region: 0, beacon: epochBeacon });
      const check = await checkFor(context, plan, task);
      if (kind !== KIND_PRESENCE) await context.ports.transport.prepare(target.url);
      const [meeting] = meetings(1);
      if (meeting === undefined) throw new Error('a meeting of one');
      const due = { draw, node, gpuClass };
      const randomness = random32();
      const signerOf = (validator: Hex): Hex | undefined => signers.get(validator);
      const done = await probe(context, { plan, due, task, check, randomness, startedAt: Date.now(), signerOf, meeting });
      return { ...done, plan, due, task, randomness };
    },
  };
}

/** Seconds of the one slot of a cohort's epoch. */
const SLOT_SECONDS = 60;

/**
 * All these nodes, of one operator, as one cohort: a chunk of an epoch that begins now, drawn, started together, judged and stored by
 * the validator's own services.
 * @returns the records, by node
 */
export async function auditTogether(targets: readonly Target[], gpuClass: GpuClass, kind: number): Promise<AuditRow[]> {
  const nodes = targets.map((target, index) => ({
    ...{ ...target, index, operator: OPERATOR, gpuClass: gpuClass.name, vramMiB: 0, retired: false },
  }));
  const entry: KindEntry = { kind, weight: 1, cohort: 6 };
  const perDay = Math.floor(86_400 / SLOT_SECONDS / nodes.length); // one draw in all
  const policy: Policy = {
    ...{ ...smallPolicy, kinds: [entry], classes: [gpuClass] },
    schedule: { ...smallPolicy.schedule, auditsPerNodePerDay: perDay, jitterMs: 1 },
    beacon: { ...smallPolicy.beacon, freshnessRounds: 30 }, // on a busy machine a start may take its time
  };
  const clock = {
    genesis: Math.floor(Date.now() / 1000) + 1 - EPOCH * SLOT_SECONDS,
    slotSeconds: SLOT_SECONDS,
    slotsPerEpoch: 1,
  };
  const context = contextOf(SEAT, random32(), policy, clock, nodes);
  const { ledger } = context.ports;
  await ledger.freeze(
    {
      ...{ epoch: EPOCH, policyHash: policyHash(policy), nodeCount: nodes.length, validatorCount: 1, beaconRound: 1 },
      ...{
        signers: [{ operator: OPERATOR, signer: signerAddress(VALIDATOR_KEY) }],
        seedBase: { epoch: EPOCH - 1, seed: ZERO32 },
      },
    },
    nodes,
  );
  await ledger.open(EPOCH, beacon.sign(1));
  const frozen = await ledger.epoch(EPOCH);
  if (frozen === null) throw new Error('the epoch is not there');
  if (slotDraws(planOf(context, frozen), 0).length !== 1) throw new Error('there must be one draw');
  await auditChunk(context, { epoch: EPOCH, slot: 0, chunk: 0 });
  const rows = await ledger.rows(EPOCH);
  return rows.toSorted((a, b) => a.nodeIndex - b.nodeIndex);
}
