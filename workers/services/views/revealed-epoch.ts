// One epoch, if it is public. An epoch that is not revealed and one that does not exist answer alike but for the clock's arithmetic.
import { epochStart } from '../../../protocol/schedule.ts';
import type { EpochItem } from '../../../schema/api/epochs.ts';
import { found, missing, type Answer, type Missing } from './answer.ts';
import { horizonOf, revealTime } from './horizon.ts';
import type { EpochView, WebPorts } from './ports.ts';

const iso = (seconds: number): string | null => {
  const date = new Date(1000 * seconds);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
};

/** The answer for anything of an epoch that is not public; undefined when its reveal time has passed. */
export function notRevealed(ports: WebPorts, epoch: number): Answer<never> | undefined {
  if (epoch <= horizonOf(ports).through) return undefined;
  const when = iso(revealTime(ports.settings.clock, ports.settings.policy.schedule.revealSeconds, epoch)) ?? 'its reveal time';
  return missing('not-revealed', `Nothing of epoch ${epoch} is public before ${when}. Ask again after that.`);
}

/** What a gateway answers where a validator would show audits of its own. */
export const noOwnAudits = (): Missing =>
  missing(
    'not-found',
    'A gateway has no audits of its own; ask a validator: /v1/validators lists them with their addresses. What they agree on is at /v1/consensus.',
  );

export async function revealedEpoch(ports: WebPorts, epoch: number): Promise<Answer<EpochView>> {
  if (ports.settings.validator === null) return noOwnAudits();
  const hidden = notRevealed(ports, epoch);
  if (hidden !== undefined) return hidden;
  const view = await ports.views.epoch(horizonOf(ports), epoch);
  if (view !== null) return found(view);
  return missing('not-found', `This validator holds no sealed report for epoch ${epoch}. /v1/epochs lists those that it has.`);
}

export function epochItem(ports: WebPorts, view: EpochView): EpochItem {
  const { clock } = ports.settings;
  const { epoch, state, nodeCount, validatorCount, due, done, tally, auditRoot, summaryRoot, archiveHash } = view;
  const posted = state === 'posted';
  return {
    epoch,
    state,
    startsAtMs: 1000 * epochStart(clock, epoch),
    endsAtMs: 1000 * epochStart(clock, epoch + 1),
    ...{ nodeCount, validatorCount, due, done, tally, auditRoot, summaryRoot, archiveHash },
    // A report is signed before it is posted; only the posted one is the validator's word.
    reportHash: posted ? view.reportHash : null,
    transactionHash: posted ? view.transactionHash : null,
    blockNumber: posted ? view.blockNumber : null,
  };
}
