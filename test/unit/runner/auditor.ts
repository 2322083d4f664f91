// A small auditor for the tests: one probe of one runner over HTTP, judged by protocol/. Time and size are bounded as the
// protocol demands, so that the dishonest runners meet the checks that they are made for.
import { fullCheck } from '../../../protocol/challenges/gemm/check.ts';
import { DOMAIN, OPERATOR, PARAMS, challengeFor, drawFor, post, random32 } from './rig.ts';
import { commitmentMessageLimit, openingMessageLimit } from '../../../protocol/challenges/gemm/openings.ts';
import { auditCase, drawFor as positionsFor, judgeCommitment, judgeOpening, judgeRate } from '../../../protocol/judge.ts';
import type { PublicKey } from '../../../protocol/receipts.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import type { Hex } from '../../../protocol/bytes.ts';

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

/** One audit; `floor` is the claimed class's. */
export async function audit({ url, nodeId, publicKey }: Target, timeoutMs: number, floor = 0, params = PARAMS): Promise<Reason> {
  const { challenge, body } = challengeFor(nodeId, { validator: OPERATOR }, params);
  const gpuClass = { ...params, name: 'demo', floorOpsPerSecond: floor, commitDeadlineMs: timeoutMs, openDeadlineMs: timeoutMs };
  const asked = auditCase({ domain: DOMAIN, challenge, params, gpuClass, publicKey, proofPpm: 930_572 });
  try {
    const startedAt = Date.now();
    const first = await exchange(url, '/v1/challenges', body, commitmentMessageLimit(params), timeoutMs);
    const elapsedMs = Math.max(1, Date.now() - startedAt);
    const committed = judgeCommitment(asked, first);
    if (typeof committed === 'string') return committed;
    const draw = positionsFor(asked, random32(), committed.commitment);
    const request = drawFor(asked.challengeHash, committed.commitment, draw.positions);
    const second = await exchange(url, '/v1/openings', request, openingMessageLimit(params), timeoutMs);
    const { reason } = judgeOpening(asked, committed, draw, second, fullCheck(params));
    return reason === 'none' ? judgeRate(asked, elapsedMs).reason : reason;
  } catch (error) {
    if (error instanceof Fault) return error.reason;
    throw error;
  }
}
