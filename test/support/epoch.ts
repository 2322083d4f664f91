// A whole small epoch in memory: real keys, real proofs at tiny parameters, a real beacon chain, honest and dishonest nodes, voids.
// Everything comes from protocol/, so that what a replay finds wrong was put there on purpose. `buildEpoch` plays all draws;
// `sealEpoch` makes archive and report of rows again after a test has changed them, so that one lie can be tested alone.
import { archiveChunks, archiveHash, encodeManifest, ARCHIVE_FORMAT, type Manifest } from '../../protocol/archive.ts';
import { randomnessOf } from '../../protocol/beacon.ts';
import { ZERO32, toHex, type Hex } from '../../protocol/bytes.ts';
import { KIND_VRAM, challengeHash as hashChallenge, deriveNonce } from '../../protocol/challenge.ts';
import { startOf } from '../../protocol/challenges/vram/start.ts';
import { dueOf, type DueDraw } from '../../protocol/due.ts';
import { sha256 } from '../../protocol/hash.ts';
import { policyHash } from '../../protocol/policy.ts';
import type { AuditRow } from '../../protocol/record.ts';
import { reportDigest, reportHash, sealRows, type EpochReport } from '../../protocol/report.ts';
import type { EpochFacts, ReplayInput } from '../../protocol/replay/replay.ts';
import { epochBeaconRound, epochDraws, type EpochPlan } from '../../protocol/schedule.ts';
import { seedOf } from '../../protocol/seed.ts';
import { signDigest, signerAddress } from '../../protocol/signer.ts';
import { firstDeadlineMs, taskOf } from '../../protocol/task.ts';
import { encodeTranscript } from '../../protocol/transcript.ts';
import { verdictOf } from '../../protocol/verdict.ts';
import { parseChunk } from '../../schema/wire/archive.ts';
import { playAudit } from './behaviours.ts';
import { BEHAVIOURS, neverSent, type Behaviour, type Stage } from './behaviour-names.ts';
import { testNodeKey } from './node-key.ts';
import { beacon, testWorld, type World } from './world.ts';

export { beacon, mixedPolicy, mixedWorld, smallClass, smallPolicy, testNode, testWorld, type World } from './world.ts';

function planOf(world: World): EpochPlan {
  const { clock, policy, epoch, nodes, validatorCount } = world;
  const seed = seedOf(world.seedSecret, world.seedLength, world.seedEpoch, epoch);
  const { signature } = beacon.sign(epochBeaconRound(clock, policy, epoch));
  return { epoch, clock, policy, seed, beacon: randomnessOf(signature), nodeCount: nodes.length, validatorCount };
}

/** Every draw that needs a record, the members of cohorts included, by slot then number. */
export function worldDue(world: World): DueDraw[] {
  const plan = planOf(world);
  const due = epochDraws(plan).flatMap((draw) => {
    const node = world.nodes[draw.nodeIndex];
    if (node === undefined) return [];
    const siblings = world.nodes.filter(({ operator }) => operator === node.operator);
    return dueOf(plan, draw, node, siblings);
  });
  return due.sort((a, b) => a.draw.slot - b.draw.slot || a.draw.draw - b.draw.draw);
}

/** All that is needed to play one draw; sent 20 ms after its scheduled time, or at `startedAt`. */
export function stageOf(world: World, due: DueDraw, startedAt: number = due.draw.scheduledMs + 20): Stage {
  const { domain, epoch, validator, signerKey, policy, rival } = world;
  const plan = planOf(world);
  const { slot, draw, kind, freshnessRound, region } = due.draw;
  const { gpuClass, node } = due;
  const task = taskOf({ policy, gpuClass, kind, region, beacon: plan.beacon });
  const { paramsHash } = task;
  const head = { epoch, slot, draw, validator, nodeId: node.nodeId, kind, paramsHash };
  const nonce = deriveNonce(domain, plan.seed, randomnessOf(beacon.sign(freshnessRound).signature), head);
  const challenge = { ...head, nonce, deadline: startedAt + firstDeadlineMs(task) };
  const challengeHash = hashChallenge(domain, challenge);
  const start = kind === KIND_VRAM ? startOf(plan.seed, challengeHash) : ZERO32;
  const audit = { domain, challenge, challengeHash, task, start, startedAt, publicKey: node.publicKey };
  return { audit, seed: plan.seed, signerKey, nodeKey: testNodeKey(node.index), rival };
}

/** One draw's record, and its transcript if a challenge was sent. */
export function playDraw(world: World, due: DueDraw, behaviour: Behaviour): { row: AuditRow; transcript: Uint8Array | null } {
  const { slot, draw, kind, freshnessRound, nodeIndex } = due.draw;
  const { epoch, validator } = world;
  const place = { epoch, slot, draw, validator, nodeIndex, nodeId: due.node.nodeId, kind, freshnessRound };
  const zero = { challengeHash: ZERO32, commitment: ZERO32, openingHash: ZERO32, transcriptHash: ZERO32 };
  const unsent = { ...place, ...zero, elapsedMs: 0, measure: 0, startedAt: 0 };
  if (neverSent(behaviour)) return { row: { ...unsent, ...verdictOf(BEHAVIOURS[behaviour]) }, transcript: null };
  const startedAt = due.draw.scheduledMs + 20;
  const stage = stageOf(world, due, startedAt);
  const { transcript, reason, ...played } = playAudit(stage, behaviour);
  const bytes = encodeTranscript(transcript);
  const sent = { challengeHash: stage.audit.challengeHash, startedAt, transcriptHash: toHex(sha256(bytes)) };
  return { row: { ...unsent, ...played, ...sent, ...verdictOf(reason) }, transcript: bytes };
}

/** What a validator could have lied about when it sealed. */
export type Tweak = {
  readonly manifest?: (manifest: Manifest) => Manifest;
  readonly report?: (report: EpochReport) => EpochReport;
};

export type EpochFixture = ReplayInput & {
  readonly world: World;
  readonly rows: readonly AuditRow[];
  readonly transcripts: ReadonlyMap<Hex, Uint8Array>;
};

function manifestOf(world: World, rows: readonly AuditRow[], refs: Manifest['chunks']): Manifest {
  const { domain, epoch, validator, policy, nodes, validatorCount } = world;
  const sealed = sealRows(rows);
  const used = new Set(rows.filter((row) => row.challengeHash !== ZERO32).map((row) => row.freshnessRound));
  return {
    ...{ format: ARCHIVE_FORMAT, chainId: domain.chainId, registry: domain.registry, epoch, validator },
    ...{ seed: planOf(world).seed, policyHash: policyHash(policy) },
    ...{ beacon: beacon.sign(epochBeaconRound(world.clock, policy, epoch)), nodeCount: nodes.length, validatorCount },
    ...{ due: sealed.due, done: sealed.done, auditRoot: sealed.auditRoot, summaryRoot: sealed.summaryRoot },
    rounds: [...used].sort((a, b) => a - b).map(beacon.sign),
    chunks: refs,
  };
}

/** Two seats: the validator's own, and that of its rival. */
export function signersOf({ validator, signerKey, rival }: World): ReadonlyMap<Hex, Hex> {
  return new Map([
    [validator, signerAddress(signerKey)],
    [rival.operator, signerAddress(rival.signerKey)],
  ]);
}

export function sealEpoch(
  world: World,
  rows: readonly AuditRow[],
  transcripts: ReadonlyMap<Hex, Uint8Array>,
  tweak: Tweak = {},
): EpochFixture {
  const { domain, epoch, validator, policy, clock, previous, nodes, validatorCount } = world;
  const chunks = archiveChunks(rows, 8192);
  const manifest = (tweak.manifest ?? ((m) => m))(
    manifestOf(
      world,
      rows,
      chunks.map(({ ref }) => ref),
    ),
  );
  const manifestBytes = encodeManifest(manifest);
  const { auditRoot, summaryRoot, due, done, seed, nodeCount } = manifest;
  const report = (tweak.report ?? ((r) => r))({
    ...{ epoch, validator, auditRoot, summaryRoot, due, done, seed, beaconRound: manifest.beacon.round, nodeCount },
    ...{ policyHash: manifest.policyHash, previous, archiveHash: archiveHash(manifestBytes) },
  });
  const facts: EpochFacts = {
    ...{ domain, clock, epoch, validator, signer: signerAddress(world.signerKey), policyHash: policyHash(policy), report },
    signature: signDigest(reportDigest(domain, report), world.signerKey),
    stored: { reportHash: reportHash(report), due: report.due, done: report.done },
    ...{ previous, nodes, validatorCount, signers: signersOf(world) },
    seedBase: { epoch: epoch - 1, seed: seedOf(world.seedSecret, world.seedLength, world.seedEpoch, epoch - 1) },
  };
  const parsed = chunks.map(({ bytes }) => ({ bytes, lines: parseChunk(bytes) }));
  return { world, rows, transcripts, facts, policy, manifest, manifestBytes, chunks: parsed };
}

export function buildEpoch(world: World = testWorld()): EpochFixture {
  const kinds = new Map<number, number>();
  const played = worldDue(world).map((due, index) => {
    const { kind } = due.draw;
    const ofKind = kinds.get(kind) ?? 0;
    kinds.set(kind, ofKind + 1);
    return playDraw(world, due, world.behaviour(index, kind, ofKind));
  });
  const transcripts = played.flatMap(({ row, transcript }) =>
    transcript === null ? [] : [[row.transcriptHash, transcript] as const],
  );
  return sealEpoch(
    world,
    played.map(({ row }) => row),
    new Map(transcripts),
  );
}
