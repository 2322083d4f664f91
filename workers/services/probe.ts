// One challenge to one node, and its verdict: challenge → commitment → drawn positions → openings. Nothing a node answers can
// throw; every way out is a record.
import { ZERO32, type Hex } from '../../protocol/bytes.ts';
import { secretCheck } from '../../protocol/challenges/gemm/check.ts';
import { commitmentMessageLimit, openingMessageLimit } from '../../protocol/challenges/gemm/openings.ts';
import { dueCase, jobOf, type DueDraw } from '../../protocol/due.ts';
import { drawFor, judgeCommitment, judgeOpening, judgeRate, type AuditCase, type Committed } from '../../protocol/judge.ts';
import { encodeChallengeMessage, encodeDrawMessage } from '../../protocol/messages.ts';
import { drawDigest } from '../../protocol/receipts.ts';
import type { EpochPlan } from '../../protocol/schedule.ts';
import type { Transcript } from '../../protocol/transcript.ts';
import type { Reason } from '../../protocol/verdict.ts';
import { AUDITOR_LAG_MS_MAX } from '../limits.ts';
import type { Context } from './ports.ts';
import { secretsFor } from './secrets.ts';

export type ProbeInput = DueDraw & {
  readonly plan: EpochPlan;
  /** Of the draw's freshness round. */
  readonly randomness: Hex;
};

export type Probe = {
  readonly reason: Reason;
  readonly challengeHash: Hex;
  readonly commitment: Hex;
  readonly openingHash: Hex;
  readonly elapsedMs: number;
  readonly measure: number;
  readonly startedAt: number;
  readonly transcript: Transcript;
};

const NOTHING = new Uint8Array();

function prepareChallenge(context: Context, input: ProbeInput, startedAt: number): { audit: AuditCase; message: Uint8Array } {
  const { domain, validator, ports } = context;
  const { plan, gpuClass, randomness } = input;
  const job = jobOf(gpuClass, plan.beacon);
  const audit = dueCase({ domain, validator, plan, due: input, job, randomness, startedAt });
  const signature = ports.keys.sign(audit.challengeHash);
  return { audit, message: encodeChallengeMessage({ domain, challenge: audit.challenge, params: job.bytes, signature }) };
}

type SecondAnswer = Pick<Probe, 'reason' | 'openingHash'> & Pick<Transcript, 'draw' | 'opening'>;

async function openDrawn(context: Context, input: ProbeInput, audit: AuditCase, committed: Committed): Promise<SecondAnswer> {
  const { plan, gpuClass, node } = input;
  const drawn = drawFor(audit, plan.seed, committed.commitment);
  const { challengeHash: hash } = audit;
  const signature = context.ports.keys.sign(
    drawDigest(audit.domain, { challengeHash: hash, commitment: committed.commitment, drawHash: drawn.hash }),
  );
  const message = encodeDrawMessage({
    challengeHash: hash,
    commitment: committed.commitment,
    signature,
    positions: drawn.positions,
  });
  const limits = { bytesMax: openingMessageLimit(audit.params), deadlineMs: gpuClass.openDeadlineMs };
  const answer = await context.ports.transport.post(node.url, '/v1/openings', message, limits);
  if (!answer.ok) return { reason: answer.reason, openingHash: ZERO32, draw: message, opening: NOTHING };
  const isProduct = secretCheck(audit.params, await secretsFor(context, plan, audit.params));
  return { ...judgeOpening(audit, committed, drawn, answer.bytes, isProduct), draw: message, opening: answer.bytes };
}

/** The caller has taken a semaphore place and found the draw still fresh. */
export async function probe(context: Context, input: ProbeInput): Promise<Probe> {
  const { clock, transport } = context.ports;
  const prepared = clock.nowMs();
  const { audit, message } = prepareChallenge(context, input, prepared);
  const limits = { bytesMax: commitmentMessageLimit(audit.params), deadlineMs: input.gpuClass.commitDeadlineMs };
  const answer = await transport.post(input.node.url, '/v1/challenges', message, limits);
  const elapsed = Math.max(1, Math.ceil(clock.nowMs() - prepared));
  const late = elapsed - limits.deadlineMs;
  const base = {
    challengeHash: audit.challengeHash,
    startedAt: prepared,
    commitment: ZERO32,
    openingHash: ZERO32,
    elapsedMs: 0,
    measure: 0,
  };
  const transcript = { challenge: message, commitment: NOTHING, draw: NOTHING, opening: NOTHING };
  const timeout = late > AUDITOR_LAG_MS_MAX ? 'auditor_fault' : 'timeout'; // a timer that fires far too late is ours
  if (!answer.ok) return { ...base, reason: answer.reason === 'timeout' ? timeout : answer.reason, transcript };
  if (late > 0) return { ...base, reason: timeout, transcript }; // received, but not by the deadline of the request
  const judged = judgeCommitment(audit, answer.bytes);
  const received = { ...transcript, commitment: answer.bytes };
  if (typeof judged === 'string') return { ...base, reason: judged, transcript: received };

  const { reason, openingHash, draw, opening } = await openDrawn(context, input, audit, judged);
  const accepted = {
    ...base,
    commitment: judged.commitment,
    elapsedMs: elapsed,
    openingHash,
    transcript: { ...received, draw, opening },
  };
  return reason === 'none' ? { ...accepted, ...judgeRate(audit, elapsed) } : { ...accepted, reason };
}
