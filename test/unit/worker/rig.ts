// A validator in memory: real keys, draws, proofs and verdicts over ports that a test replaces one by one.
import { ZERO32, toHex, type Hex } from '../../../protocol/bytes.ts';
import { challengeHash } from '../../../protocol/challenge.ts';
import { expandMatrixB } from '../../../protocol/challenges/gemm/matrix.ts';
import { decodeGemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { commitGemm, multiplyRound, type GemmProof } from '../../../protocol/challenges/gemm/prove.ts';
import { sha256 } from '../../../protocol/hash.ts';
import {
  decodeChallengeMessage,
  decodeDrawMessage,
  encodeCommitmentMessage,
  encodeOpeningMessage,
} from '../../../protocol/messages.ts';
import { policyHash } from '../../../protocol/policy.ts';
import { commitmentPayload, drawHash, openingPayload } from '../../../protocol/receipts.ts';
import { epochBeaconRound, epochStart, slotDraws, type EpochPlan } from '../../../protocol/schedule.ts';
import { seedFromBase, seedOf } from '../../../protocol/seed.ts';
import { signDigest, signerAddress } from '../../../protocol/signer.ts';
import { beacon, testWorld, type World } from '../../support/epoch.ts';
import { testNodeKey } from '../../support/node-key.ts';
import { policiesFor } from '../../../workers/services/policy.ts';
import { planOf } from '../../../workers/services/plan.ts';
import type { Answer, Chunk, Context, EpochFacts, KeyPort, Ports, Sender } from '../../../workers/services/ports.ts';
import { virtualClock, type VirtualClock } from './clock.ts';
import { memoryLedger, memoryObjects, type Stored } from './memory.ts';

export { beacon };
export type NodeScript = (path: string, body: Uint8Array) => Promise<Answer>;

/** What a request does: takes that long, then ends so. */
export type Sent = { readonly url: string; readonly path: string; readonly atMs: number };

export type Validator = {
  readonly world: World;
  readonly context: Context;
  readonly clock: VirtualClock;
  readonly stored: Stored;
  readonly objects: ReturnType<typeof memoryObjects>;
  readonly sent: Sent[];
  readonly queued: { chunk: Chunk; delaySeconds: number }[];
  readonly plan: EpochPlan;
  /** With some ports replaced. */
  readonly with: (ports: Partial<Ports>) => Context;
};

/** Honest in everything, over the wire's own bytes. */
export function honestNode(index: number): NodeScript {
  const key = testNodeKey(index);
  const proofs = new Map<Hex, { proof: GemmProof; domain: Context['domain'] }>();
  return async (path, body) => {
    if (path === '/v1/challenges') {
      const { domain, challenge, params: encoded } = decodeChallengeMessage(body);
      const params = decodeGemmParams(encoded);
      const b = expandMatrixB(params);
      const proof = commitGemm(params, challenge.nonce, (_, nonce) => multiplyRound(params, b, nonce));
      const hash = challengeHash(domain, challenge);
      proofs.set(hash, { proof, domain });
      const { commitment, roots } = proof;
      const signature = key.sign(commitmentPayload(domain, challenge.nodeId, hash, commitment));
      const message = { nodeId: challenge.nodeId, challengeHash: hash, commitment, signature, roots };
      return { ok: true, bytes: encodeCommitmentMessage(message) };
    }
    const draw = decodeDrawMessage(body);
    const known = proofs.get(draw.challengeHash);
    if (known === undefined) return { ok: false, reason: 'refused' };
    const openings = known.proof.open(draw.positions);
    const drawn = drawHash(draw.challengeHash, draw.commitment, draw.positions);
    const payload = openingPayload(known.domain, draw.challengeHash, draw.commitment, drawn, toHex(sha256(openings)));
    const { challengeHash: hash, commitment } = draw;
    return { ok: true, bytes: encodeOpeningMessage({ challengeHash: hash, commitment, signature: key.sign(payload), openings }) };
  };
}

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

export function factsOf(world: World): EpochFacts {
  const { epoch, clock, policy, nodes, validatorCount } = world;
  const seed = seedOf(world.seedSecret, world.seedLength, world.seedEpoch, epoch - 1);
  const beaconRound = epochBeaconRound(clock, policy, epoch);
  const hash = policyHash(policy);
  return { epoch, policyHash: hash, nodeCount: nodes.length, validatorCount, beaconRound, seedBase: { epoch: epoch - 1, seed } };
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
  const queued: { chunk: Chunk; delaySeconds: number }[] = [];
  const scripts = new Map(world.nodes.map(({ url, index }) => [url, script(index)]));
  const ports: Ports = {
    clock,
    registry: {
      deployment: async () => ({ ...networkOf(world), policyHash: policyHash(world.policy) }),
      policyHash: async () => policyHash(world.policy),
      nodes: async () => [...world.nodes],
      validatorCount: async () => world.validatorCount,
      signer: async () => signerAddress(world.signerKey),
      seedBase: async () => factsOf(world).seedBase,
      lastReport: async () => null,
      report: async () => null,
      postCall: () => ({ to: world.domain.registry, data: '0x' }),
    },
    beacon: { round: async (round) => beacon.sign(round), control: async () => true },
    ledger,
    objects,
    transport: {
      prepare: async () => undefined,
      post: async (url, path, body) => {
        sent.push({ url, path, atMs: clock.nowMs() });
        const answer = await scripts.get(url)?.(path, body);
        await clock.until(clock.nowMs() + takesMs);
        return answer ?? { ok: false, reason: 'unreachable' };
      },
    },
    queue: {
      send: async (chunks) => {
        queued.push(...chunks);
      },
    },
    sender: noSender,
    keys: keysOf(world),
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

/** A slot's draws with a record. */
export function dueOf({ plan, world }: Validator, slot = 0): { draw: number; nodeIndex: number }[] {
  return slotDraws(plan, slot).filter(({ nodeIndex }) => {
    const node = world.nodes[nodeIndex];
    return node !== undefined && !node.retired && node.gpuClass === 'tiny';
  });
}

export const NOTHING_SENT = { challengeHash: ZERO32, startedAt: 0, transcriptHash: ZERO32, commitment: ZERO32, elapsedMs: 0 };
