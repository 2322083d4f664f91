// A validator in memory: real keys, draws, proofs and verdicts over ports that a test replaces one by one.
import { ZERO32, type Hex } from '../../../protocol/bytes.ts';
import { policyHash } from '../../../protocol/policy.ts';
import { epochBeaconRound, epochStart, slotDraws, type EpochPlan } from '../../../protocol/schedule.ts';
import { seedFromBase, seedOf } from '../../../protocol/seed.ts';
import { signDigest, signerAddress } from '../../../protocol/signer.ts';
import { beacon, signersOf, testWorld, type World } from '../../support/epoch.ts';
import { slotChunks } from '../../../workers/services/chunks.ts';
import { dueGroups } from '../../../workers/services/due.ts';
import { policiesFor } from '../../../workers/services/policy.ts';
import { planOf } from '../../../workers/services/plan.ts';
import type { Answer, Chunk, Context, EpochFacts, KeyPort, Lane, Ports, Sender } from '../../../workers/services/ports.ts';
import { virtualClock, type VirtualClock } from './clock.ts';
import { memoryLedger, memoryObjects, type Stored } from './memory.ts';
import { honestNode, type NodeScript } from './nodes.ts';

export { beacon, honestNode };

/** What a request does: takes that long, then ends so. */
export type Sent = {
  readonly url: string;
  readonly path: string;
  readonly atMs: number;
  /** Null for the Worker's own line. */
  readonly region: string | null;
};

export type Validator = {
  readonly world: World;
  readonly context: Context;
  readonly clock: VirtualClock;
  readonly stored: Stored;
  readonly objects: ReturnType<typeof memoryObjects>;
  readonly sent: Sent[];
  readonly queued: { lane: Lane; chunk: Chunk; delaySeconds: number }[];
  readonly plan: EpochPlan;
  /** With some ports replaced. */
  readonly with: (ports: Partial<Ports>) => Context;
};

export function keysOf(world: World): KeyPort {
  return {
    signer: signerAddress(world.signerKey),
    sign: (digest) => signDigest(digest, world.signerKey),
    seed: ({ epoch, seedBase }) => {
      const seed = seedFromBase(world.seedSecret, world.seedLength, seedBase, epoch);
      if (seed === null) throw new Error('the seed chain of the test does not reach so far');
      return seed;
    },
  };
}

/** Two validators, the world's own and its rival, and more that nobody hears of. */
export function seatsOf(world: World): EpochFacts['signers'] {
  const known = [...signersOf(world)].map(([operator, signer]) => ({ operator, signer }));
  const others = Array.from({ length: world.validatorCount }, (_, i): Hex => `0x${String(10 + i).repeat(20)}`);
  return [...known, ...others.map((operator) => ({ operator, signer: operator }))].slice(0, world.validatorCount);
}

export function factsOf(world: World): EpochFacts {
  const { epoch, clock, policy, nodes, validatorCount } = world;
  const seed = seedOf(world.seedSecret, world.seedLength, world.seedEpoch, epoch - 1);
  const beaconRound = epochBeaconRound(clock, policy, epoch);
  const hash = policyHash(policy);
  const signers = seatsOf(world);
  const counts = { nodeCount: nodes.length, validatorCount };
  return { epoch, policyHash: hash, ...counts, signers, beaconRound, seedBase: { epoch: epoch - 1, seed } };
}

const unused = (name: string) => async (): Promise<never> => {
  throw new Error(`${name} was not expected to be called`);
};

const noSender: Sender = {
  signReport: unused('signReport'),
  signed: unused('signed'),
  submit: unused('submit'),
  state: unused('state'),
};

const networkOf = ({ domain, clock, policy }: World) => ({ domain, clock, reportSeconds: policy.schedule.revealSeconds });

export const takesMs = 100;

/**
 * A validator whose epoch is open and whose clock stands at its start.
 * @param script what node `index` answers; honest ones answer after `takesMs`
 */
export async function openValidator(
  change: Partial<World> = {},
  script: (index: number) => NodeScript = honestNode,
): Promise<Validator> {
  const world = testWorld(change);
  const clock = virtualClock(1000 * epochStart(world.clock, world.epoch));
  const { ledger, stored } = memoryLedger(world.nodes);
  const objects = memoryObjects();
  const sent: Sent[] = [];
  const queued: Validator['queued'] = [];
  const scripts = new Map(world.nodes.map(({ url, index }) => [url, script(index)]));
  const ask = async (region: string | null, url: string, path: string, body: Uint8Array): Promise<Answer> => {
    sent.push({ url, path, atMs: clock.nowMs(), region });
    const answer = await scripts.get(url)?.(path, body);
    await clock.until(clock.nowMs() + takesMs);
    return answer ?? { ok: false, reason: 'unreachable' };
  };
  const ports: Ports = {
    clock,
    registry: {
      deployment: async () => ({ ...networkOf(world), policyHash: policyHash(world.policy) }),
      policyHash: async () => policyHash(world.policy),
      nodes: async () => [...world.nodes],
      signers: async () => seatsOf(world),
      signer: async () => signerAddress(world.signerKey),
      seedBase: async () => factsOf(world).seedBase,
      lastReport: async () => null,
      report: async () => null,
      postCall: () => ({ to: world.domain.registry, data: '0x' }),
    },
    beacon: { round: async (round) => beacon.sign(round), control: async () => true },
    ledger,
    objects,
    transport: { prepare: async () => true, post: async (url, path, body) => ask(null, url, path, body) },
    regions: {
      post: async (region, url, path, body) => ({ answer: await ask(region, url, path, body), elapsedMs: takesMs }),
      control: async () => true,
    },
    queue: {
      send: async (chunks) => {
        queued.push(...chunks);
      },
    },
    sender: noSender,
    keys: keysOf(world),
    health: { heard: async () => undefined, take: async () => undefined },
  };
  const find = (hash: Hex) => (hash === policyHash(world.policy) ? world.policy : undefined);
  const { reportSeconds } = networkOf(world);
  const policyOf = policiesFor(reportSeconds, find);
  const context: Context = { ...networkOf(world), validator: world.validator, policyOf, ports };
  const facts = factsOf(world);
  await ledger.freeze(facts, world.nodes);
  await ledger.open(world.epoch, beacon.sign(facts.beaconRound));
  const entry = await ledger.epoch(world.epoch);
  if (entry === null) throw new Error('the epoch is not there');
  const withPorts = (replaced: Partial<Ports>): Context => ({ ...context, ports: { ...ports, ...replaced } });
  return { world, context, clock, stored, objects, sent, queued, plan: planOf(context, entry), with: withPorts };
}

/** The one chunk of a slot of the small world. */
export function chunkOf({ plan }: Validator, slot = 0): Chunk {
  return { epoch: plan.epoch, slot, chunk: 0 };
}

/** A slot's draws with a record, of kind 1 in the small world. */
export function dueOf({ plan, world }: Validator, slot = 0): { draw: number; nodeIndex: number }[] {
  return slotDraws(plan, slot).filter(({ nodeIndex }) => {
    const node = world.nodes[nodeIndex];
    return node !== undefined && !node.retired && node.gpuClass === 'tiny';
  });
}

/** What is due in a slot, in groups that start together. */
export async function groupsOf({ plan, context }: Validator, slot: number) {
  return dueGroups(context.ports.ledger, plan, slotDraws(plan, slot));
}

/** All chunks of a slot, those of one lane if told. */
export function chunksOf({ plan }: Validator, slot: number, lane?: Lane): Chunk[] {
  return slotChunks(plan, slot).flatMap((chunk, number) =>
    lane === undefined || chunk.lane === lane ? [{ epoch: plan.epoch, slot, chunk: number }] : [],
  );
}

export const NOTHING_SENT = { challengeHash: ZERO32, startedAt: 0, transcriptHash: ZERO32, commitment: ZERO32, elapsedMs: 0 };
