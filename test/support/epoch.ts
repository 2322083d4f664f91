// A whole small epoch in memory: real keys, real proofs at tiny parameters, a real beacon chain, honest and dishonest nodes, voids.
// Everything comes from protocol/, so that what a replay finds wrong was put there on purpose. `buildEpoch` plays all draws;
// `sealEpoch` makes archive and report of rows again after a test has changed them, so that one lie can be tested alone.
import { archiveChunks, archiveHash, encodeManifest, ARCHIVE_FORMAT, type Manifest } from '../../protocol/archive.ts';
import { randomnessOf } from '../../protocol/beacon.ts';
import { ZERO32, toHex, type Hex } from '../../protocol/bytes.ts';
import { deriveNonce } from '../../protocol/challenge.ts';
import { encodeGemmParams, gemmParams } from '../../protocol/challenges/gemm/params.ts';
import type { DueDraw } from '../../protocol/due.ts';
import { sha256 } from '../../protocol/hash.ts';
import { auditCase } from '../../protocol/judge.ts';
import { policyHash } from '../../protocol/policy.ts';
import type { AuditRow } from '../../protocol/record.ts';
import { reportDigest, reportHash, sealRows, type EpochReport } from '../../protocol/report.ts';
import type { EpochFacts, ReplayInput } from '../../protocol/replay/replay.ts';
import { auditClass, epochBeaconRound, epochDraws, type EpochPlan } from '../../protocol/schedule.ts';
import { seedOf } from '../../protocol/seed.ts';
import { signDigest, signerAddress } from '../../protocol/signer.ts';
import { encodeTranscript } from '../../protocol/transcript.ts';
import { verdictOf } from '../../protocol/verdict.ts';
import { parseChunk } from '../../schema/wire/archive.ts';
import { BEHAVIOURS, neverSent, playAudit, type Behaviour, type Stage } from './behaviours.ts';
import { testNodeKey } from './node-key.ts';
import { beacon, testWorld, type World } from './world.ts';

export { beacon, smallPolicy, testNode, testWorld, type World } from './world.ts';

function planOf(world: World): EpochPlan {
  const { clock, policy, epoch, nodes, validatorCount } = world;
  const seed = seedOf(world.seedSecret, world.seedLength, world.seedEpoch, epoch);
  const { signature } = beacon.sign(epochBeaconRound(clock, policy, epoch));
  return { epoch, clock, policy, seed, beacon: randomnessOf(signature), nodeCount: nodes.length, validatorCount };
}

export function worldDue(world: World): DueDraw[] {
  return epochDraws(planOf(world)).flatMap((draw) => {
    const node = world.nodes[draw.nodeIndex];
    const gpuClass = node === undefined ? null : auditClass(world.policy, node);
    return node === undefined || gpuClass === null ? [] : [{ draw, node, gpuClass }];
  });
}

/** All that is needed to play one draw; sent 20 ms after its scheduled time, or at `startedAt`. */
export function stageOf(world: World, due: DueDraw, startedAt: number = due.draw.scheduledMs + 20): Stage {
  const { domain, epoch, validator, signerKey, policy } = world;
  const plan = planOf(world);
  const { slot, draw, kind, freshnessRound } = due.draw;
  const params = gemmParams(due.gpuClass, plan.beacon);
  const paramsHash = toHex(sha256(encodeGemmParams(params)));
  const head = { epoch, slot, draw, validator, nodeId: due.node.nodeId, kind, paramsHash };
  const nonce = deriveNonce(domain, plan.seed, randomnessOf(beacon.sign(freshnessRound).signature), head);
  const challenge = { ...head, nonce, deadline: startedAt + due.gpuClass.commitDeadlineMs };
  const { gpuClass, node } = due;
  const audit = auditCase({
    ...{ domain, challenge, params, gpuClass, publicKey: node.publicKey, proofPpm: policy.proofPpm },
  });
  return { audit, seed: plan.seed, signerKey, nodeKey: testNodeKey(node.index) };
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
    ...{ previous, nodes, validatorCount },
    seedBase: { epoch: epoch - 1, seed: seedOf(world.seedSecret, world.seedLength, world.seedEpoch, epoch - 1) },
  };
  const parsed = chunks.map(({ bytes }) => ({ bytes, lines: parseChunk(bytes) }));
  return { world, rows, transcripts, facts, policy, manifest, manifestBytes, chunks: parsed };
}

export function buildEpoch(world: World = testWorld()): EpochFixture {
  const played = worldDue(world).map((due, index) => playDraw(world, due, world.behaviour(index)));
  const transcripts = played.flatMap(({ row, transcript }) =>
    transcript === null ? [] : [[row.transcriptHash, transcript] as const],
  );
  return sealEpoch(
    world,
    played.map(({ row }) => row),
    new Map(transcripts),
  );
}
