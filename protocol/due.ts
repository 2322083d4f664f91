// One due draw and the challenge that it must be sent: made here alone, by the auditor that sends it and by whoever replays it.
import { ZERO32, type Hex } from './bytes.ts';
import { KIND_VRAM, challengeHash as hashChallenge, deriveNonce } from './challenge.ts';
import { startOf } from './challenges/vram/start.ts';
import { cohortMembers } from './cohort.ts';
import type { Domain } from './domain.ts';
import type { AuditCase } from './judge.ts';
import type { GpuClass } from './policy.ts';
import { auditClass, type Draw, type EpochNode, type EpochPlan } from './schedule.ts';
import { firstDeadlineMs, type Task } from './task.ts';

/** One draw that must have a record: the draw, its node, and what the node is challenged as. */
export type DueDraw = {
  readonly draw: Draw;
  readonly node: EpochNode;
  readonly gpuClass: GpuClass;
};

function due(plan: Pick<EpochPlan, 'policy'>, draw: Draw, node: EpochNode): DueDraw[] {
  const gpuClass = auditClass(plan.policy, node, draw.kind);
  return gpuClass === null ? [] : [{ draw, node, gpuClass }];
}

/**
 * A draw as what is due for it: nothing when it is idle, else itself and the members of its cohort.
 * @param siblings all nodes of its node's operator, ascending; read for cohorts only
 */
export function dueOf(plan: EpochPlan, draw: Draw, node: EpochNode, siblings: readonly EpochNode[]): DueDraw[] {
  const itself = due(plan, draw, node);
  if (itself.length === 0) return [];
  return [...itself, ...cohortMembers(plan, draw, siblings).flatMap((member) => due(plan, member.draw, member.node))];
}

export type DueChallenge = {
  readonly domain: Domain;
  /** Operator address. */
  readonly validator: Hex;
  readonly plan: Pick<EpochPlan, 'epoch' | 'seed'>;
  readonly due: Pick<DueDraw, 'draw' | 'node'>;
  readonly task: Task;
  /** Of the draw's freshness round. */
  readonly randomness: Hex;
  /** Unix milliseconds. */
  readonly startedAt: number;
};

/** The case that the judge decides, with its challenge. */
export function dueCase({ domain, validator, plan, due: item, task, randomness, startedAt }: DueChallenge): AuditCase {
  const { draw, node } = item;
  const { paramsHash } = task;
  const { slot, kind } = draw;
  const head = { epoch: plan.epoch, slot, draw: draw.draw, validator, nodeId: node.nodeId, kind, paramsHash };
  const nonce = deriveNonce(domain, plan.seed, randomness, head);
  const challenge = { ...head, nonce, deadline: startedAt + firstDeadlineMs(task) };
  const challengeHash = hashChallenge(domain, challenge);
  const start = kind === KIND_VRAM ? startOf(plan.seed, challengeHash) : ZERO32;
  return { domain, challenge, challengeHash, task, start, startedAt, publicKey: node.publicKey };
}
