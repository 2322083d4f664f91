// One due draw and the challenge that it must be sent: made here alone, by the auditor that sends it and by whoever replays it.
import { toHex, type Hex } from './bytes.ts';
import { KIND_GEMM, deriveNonce } from './challenge.ts';
import { encodeGemmParams, gemmParams, type GemmParams } from './challenges/gemm/params.ts';
import type { Domain } from './domain.ts';
import { ProtocolError } from './errors.ts';
import { sha256 } from './hash.ts';
import { auditCase, type AuditCase } from './judge.ts';
import type { GpuClass } from './policy.ts';
import type { Draw, EpochNode, EpochPlan } from './schedule.ts';

/** One draw that must have a record: the draw, its node, and what the node is challenged with. */
export type DueDraw = {
  readonly draw: Draw;
  readonly node: EpochNode;
  readonly gpuClass: GpuClass;
};

/** What all nodes of a class are asked in one epoch. */
export type Job = { readonly params: GemmParams; readonly bytes: Uint8Array; readonly paramsHash: Hex };

/** @param beacon the epoch beacon's randomness @throws ProtocolError for parameters out of bounds */
export function jobOf(gpuClass: GpuClass, beacon: Hex): Job {
  const params = gemmParams(gpuClass, beacon);
  const bytes = encodeGemmParams(params);
  return { params, bytes, paramsHash: toHex(sha256(bytes)) };
}

export type DueChallenge = {
  readonly domain: Domain;
  /** Operator address. */
  readonly validator: Hex;
  readonly plan: Pick<EpochPlan, 'epoch' | 'seed' | 'policy'>;
  readonly due: DueDraw;
  readonly job: Job;
  /** Of the draw's freshness round. */
  readonly randomness: Hex;
  /** Unix milliseconds. */
  readonly startedAt: number;
};

/** The case that the judge decides, with its challenge. @throws ProtocolError for a kind not known here */
export function dueCase({ domain, validator, plan, due, job, randomness, startedAt }: DueChallenge): AuditCase {
  const { draw, node, gpuClass } = due;
  const { slot, kind } = draw;
  if (kind !== KIND_GEMM) {
    throw new ProtocolError('out_of_range', `challenge kind ${String(kind)} is not known to this version`);
  }
  const { params, paramsHash } = job;
  const head = { epoch: plan.epoch, slot, draw: draw.draw, validator, nodeId: node.nodeId, kind, paramsHash };
  const nonce = deriveNonce(domain, plan.seed, randomness, head);
  const challenge = { ...head, nonce, deadline: startedAt + gpuClass.commitDeadlineMs };
  return auditCase({ domain, challenge, params, gpuClass, publicKey: node.publicKey, proofPpm: plan.policy.proofPpm });
}
