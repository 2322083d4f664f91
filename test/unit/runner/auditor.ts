// A small auditor for the tests: one probe of one runner over HTTP, judged by protocol/. Time and size are bounded as the
// protocol demands, so that the dishonest runners meet the checks that they are made for.
import { DOMAIN, PARAMS, SIGNERS, challengeFor, drawFor, post, random32, startFor, type AnyParams } from './rig.ts';
import { encodeGemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { encodePresenceParams } from '../../../protocol/challenges/presence.ts';
import { encodeVramParams } from '../../../protocol/challenges/vram/params.ts';
import { ZERO32, toHex, type Hex } from '../../../protocol/bytes.ts';
import { judgeBusy } from '../../../protocol/busy.ts';
import { sha256 } from '../../../protocol/hash.ts';
import {
  drawFor as positionsFor,
  judgeCommitment,
  judgeOpening,
  judgeRate,
  judgeReady,
  type AuditCase,
} from '../../../protocol/judge.ts';
import { isBusy } from '../../../protocol/messages.ts';
import { publicCheck } from '../../../protocol/openings-check.ts';
import type { PublicKey } from '../../../protocol/receipts.ts';
import { commitmentBytesMax, firstBytesMax, openingBytesMax, type Task } from '../../../protocol/task.ts';
import type { Reason } from '../../../protocol/verdict.ts';

class Fault extends Error {
  readonly reason: Reason;
  constructor(reason: Reason) {
    super(reason);
    this.reason = reason;
  }
}

async function exchange(url: string, path: string, body: Uint8Array, bytesMax: number, timeoutMs: number): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await post(url, path, body, signal);
    if (response.status >= 300 && response.status < 400) throw new Fault('redirect');
    if (response.status !== 200) throw new Fault('refused');
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      size += part.length;
      if (size > bytesMax) throw new Fault('oversize');
      parts.push(part);
    }
    return Buffer.concat(parts);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault(signal.aborted ? 'timeout' : 'unreachable');
  }
}

export type Target = { readonly url: string; readonly nodeId: Hex; readonly publicKey: PublicKey };

const PROOF_PPM = 930_572;

/** The task of these parameters in a class with this floor and one deadline for all. */
export function taskOf(params: AnyParams, floor: number, timeoutMs: number): Task {
  const encoded = (bytes: Uint8Array) => ({ bytes, paramsHash: toHex(sha256(bytes)) });
  if ('rows' in params) {
    const times = { commitDeadlineMs: timeoutMs, openDeadlineMs: timeoutMs };
    const job = { ...params, ...times, proofPpm: PROOF_PPM, floorOpsPerSecond: floor };
    return { kind: 1, params, job, ...encoded(encodeGemmParams(params)) };
  }
  if ('pages' in params) {
    const times = { fillDeadlineMs: timeoutMs, passDeadlineMs: timeoutMs, openDeadlineMs: timeoutMs };
    const job = { ...params, ...times, proofPpm: PROOF_PPM, floorBytesPerSecond: floor };
    return { kind: 2, params, job, ...encoded(encodeVramParams(params)) };
  }
  return { kind: 5, params, job: { deadlineMs: timeoutMs }, ...encoded(encodePresenceParams(params)) };
}

/** Judges everything after the challenge was answered; throws a Fault for what is no message. */
async function judge(url: string, audit: AuditCase, first: Uint8Array, startedAt: number, timeoutMs: number): Promise<Reason> {
  const { task, challengeHash } = audit;
  let [answer, timedFrom] = [first, startedAt];
  if (task.kind === 2) {
    const ready = judgeReady(audit, first);
    if (ready !== 'none') return ready;
    timedFrom = Date.now();
    answer = await exchange(url, '/v1/starts', startFor(challengeHash, audit.start), commitmentBytesMax(task), timeoutMs);
  }
  const elapsedMs = Math.max(1, Date.now() - timedFrom);
  const committed = judgeCommitment(audit, answer);
  if (typeof committed === 'string') return committed;
  if (task.kind === 5) return 'none';
  const draw = positionsFor(audit, random32(), committed.commitment);
  const request = drawFor(challengeHash, committed.commitment, draw.positions);
  const second = await exchange(url, '/v1/openings', request, openingBytesMax(task), timeoutMs);
  const { reason } = judgeOpening(audit, committed, draw, second, publicCheck(task));
  return reason === 'none' ? judgeRate(audit, elapsedMs).reason : reason;
}

/** One audit; `floor` is the claimed class's. */
export async function audit(target: Target, timeoutMs: number, floor = 0, params: AnyParams = PARAMS): Promise<Reason> {
  const { url, nodeId, publicKey } = target;
  const task = taskOf(params, floor, timeoutMs);
  const { challenge, challengeHash, body } = challengeFor(nodeId, {}, params);
  const startedAt = Date.now();
  const start = task.kind === 2 ? random32() : ZERO32;
  const asked: AuditCase = { domain: DOMAIN, challenge, challengeHash, task, start, startedAt, publicKey };
  try {
    const first = await exchange(url, '/v1/challenges', body, firstBytesMax(task), timeoutMs);
    if (isBusy(first)) return judgeBusy(asked, first, (validator) => SIGNERS.get(validator));
    return await judge(url, asked, first, startedAt, timeoutMs);
  } catch (error) {
    if (error instanceof Fault) return error.reason;
    throw error;
  }
}
