// The last request of kinds 1 and 2: the positions that the seed draws for a commitment, and the openings that come back.
import { ZERO32, type Hex } from '../../protocol/bytes.ts';
import type { DueDraw } from '../../protocol/due.ts';
import { drawFor, judgeOpening, type AuditCase, type Committed } from '../../protocol/judge.ts';
import { encodeDrawMessage } from '../../protocol/messages.ts';
import type { OpeningsCheck } from '../../protocol/openings-check.ts';
import { drawDigest } from '../../protocol/receipts.ts';
import type { EpochPlan } from '../../protocol/schedule.ts';
import { openDeadlineMs, openingBytesMax } from '../../protocol/task.ts';
import type { Transcript } from '../../protocol/transcript.ts';
import type { Reason } from '../../protocol/verdict.ts';
import type { Context } from './ports.ts';

export type Opened = { readonly reason: Reason; readonly openingHash: Hex } & Pick<Transcript, 'draw' | 'opening'>;

export type OpenInput = {
  readonly context: Context;
  readonly input: {
    readonly plan: Pick<EpochPlan, 'seed'>;
    readonly due: Pick<DueDraw, 'node'>;
    readonly check: OpeningsCheck;
  };
  readonly audit: AuditCase;
  readonly committed: Committed;
  /** Resolves when the time of all nodes that started together has been taken. */
  readonly othersTimed: Promise<void>;
};

export async function openDrawn({ context, input, audit, committed, othersTimed }: OpenInput): Promise<Opened> {
  const { challengeHash, domain, task } = audit;
  const { commitment } = committed;
  const drawn = drawFor(audit, input.plan.seed, commitment);
  const signature = context.ports.keys.sign(drawDigest(domain, { challengeHash, commitment, drawHash: drawn.hash }));
  const draw = encodeDrawMessage({ challengeHash, commitment, signature, positions: drawn.positions });
  const limits = { bytesMax: openingBytesMax(task), deadlineMs: openDeadlineMs(task) ?? 0 };
  const answer = await context.ports.transport.post(input.due.node.url, '/v1/openings', draw, limits);
  if (!answer.ok) return { reason: answer.reason, openingHash: ZERO32, draw, opening: new Uint8Array() };
  await othersTimed; // a check takes this isolate for longer than answers may be kept from being seen
  return { ...judgeOpening(audit, committed, drawn, answer.bytes, input.check), draw, opening: answer.bytes };
}
