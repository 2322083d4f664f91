// Asks a node once whether it is there, outside of the schedule and under the spot domain: for whoever has to know at once. Nothing of
// it is a record, and nobody is paid or charged for it.
import { toHex, type Hex } from '../../../protocol/bytes.ts';
import { judgeCommitment } from '../../../protocol/judge.ts';
import { encodeChallengeMessage } from '../../../protocol/messages.ts';
import type { Policy } from '../../../protocol/policy.ts';
import type { PublicKey } from '../../../protocol/receipts.ts';
import { slotAt } from '../../../protocol/schedule.ts';
import { spotCase } from '../../../protocol/spot.ts';
import { firstBytesMax, firstDeadlineMs, presenceTask } from '../../../protocol/task.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import { DomainError } from '../../errors.ts';
import { REGION_LAG_MS_MAX } from '../../limits.ts';
import { exchange, timely, type Exchanged } from '../exchange.ts';
import type { Context, Ports } from '../ports.ts';
import { secureRandom, type Random } from './ports.ts';

/** The runner's route for challenges outside of the schedule. */
export const SPOT_CHALLENGES = '/v1/spots/challenges';

/** Who asks, and over what: a validator's context has all of it. */
export type PresenceContext = Pick<Context, 'domain' | 'validator' | 'clock' | 'policyOf'> & {
  readonly ports: Pick<Ports, 'clock' | 'transport' | 'regions' | 'keys'> & { readonly ledger: Pick<Ports['ledger'], 'epoch'> };
};

export type PresenceTarget = { readonly nodeId: Hex; readonly publicKey: PublicKey; readonly url: string };

/** `elapsedMs` is 0 where nothing was answered. */
export type PresenceSeen = { readonly reason: Reason; readonly elapsedMs: number };

type Message = { readonly url: string; readonly body: Uint8Array; readonly bytesMax: number; readonly deadlineMs: number };

async function ask(
  { ports }: PresenceContext,
  region: string | null,
  { url, body, bytesMax, deadlineMs }: Message,
): Promise<Exchanged> {
  if (region === null) {
    await ports.transport.prepare(url);
    return exchange(ports, { url, path: SPOT_CHALLENGES, body, limits: { bytesMax, deadlineMs } });
  }
  const sendBeforeMs = ports.clock.nowMs() + Math.min(REGION_LAG_MS_MAX, Math.floor(deadlineMs / 2));
  const reply = await ports.regions.post(region, url, SPOT_CHALLENGES, body, { bytesMax, deadlineMs, sendBeforeMs });
  return reply === null ? { ok: false, reason: 'auditor_fault' } : timely(reply.answer, reply.elapsedMs, deadlineMs);
}

/** The policy of the time, which says how long an answer may take. @throws DomainError not_ready */
async function policyNow({ policyOf, ports }: PresenceContext, epoch: number): Promise<Policy> {
  const entry = await ports.ledger.epoch(epoch);
  if (entry === null) throw new DomainError('not_ready', 'The epoch’s policy is not known here yet. Try again in a minute.');
  return policyOf(entry.policyHash);
}

/**
 * One question, one answer; never asks twice.
 * @param region the name of a place of the policy that it is asked from; null for this Worker itself
 * @returns `none` when the node answered rightly and in time; `auditor_fault` when the region was not to be had. What failed on the way
 * (`unreachable`, `timeout`, `tls`) has not been told from a fault of our own line: that is the caller's
 * @throws DomainError not_ready before the epoch's facts are known here
 */
export async function spotPresence(
  context: PresenceContext,
  node: PresenceTarget,
  region: string | null = null,
  random: Random = secureRandom,
): Promise<PresenceSeen> {
  const { domain, validator, clock, ports } = context;
  const epoch = slotAt(clock, ports.clock.nowMs())?.epoch ?? 0;
  const policy = await policyNow(context, epoch);
  const startedAt = ports.clock.nowMs();
  const task = presenceTask(policy, Math.max(0, policy.regions.indexOf(region ?? '')));
  const audit = spotCase({ domain, validator, epoch, seed: toHex(random(32)), node, task, startedAt });
  const { challenge } = audit;
  const signature = ports.keys.sign(audit.challengeHash);
  const body = encodeChallengeMessage({ domain: audit.domain, challenge, params: task.bytes, signature });
  const limits = { bytesMax: firstBytesMax(task), deadlineMs: firstDeadlineMs(task) };
  const answered = await ask(context, region, { url: node.url, body, ...limits });
  if (!answered.ok) return { reason: answered.reason, elapsedMs: 0 };
  const judged = judgeCommitment(audit, answered.bytes);
  return { reason: typeof judged === 'string' ? judged : 'none', elapsedMs: answered.elapsedMs };
}
