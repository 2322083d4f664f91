// Signs the oldest sealed epoch's report and sees it onto the chain. One at a time and in order, because each report names the
// one before and the registry takes rising epochs only. Where database and chain differ, the chain wins.
import { ZERO32, type Hex } from '../../protocol/bytes.ts';
import { reportHash, type EpochReport } from '../../protocol/report.ts';
import { epochStart, slotAt } from '../../protocol/schedule.ts';
import { DomainError } from '../errors.ts';
import { falseFact } from './facts.ts';
import type { Context, EpochEntry, SignedReport } from './ports.ts';
import { seenNow } from './sending/seen.ts';

/** 'posted' · 'waiting': sent, not yet in a block · 'abandoned': it can never be posted. */
export type PostOutcome = 'posted' | 'waiting' | 'abandoned';

/** The registry's error for a report after its deadline. */
const LATE = 'ReportTooLate';

const intentKey = (epoch: number): string => `report:${String(epoch)}`;

function draft(context: Context, entry: EpochEntry, last: { reportHash: EpochReport['previous'] } | null): EpochReport {
  const { sealed } = entry;
  if (sealed === null) throw new DomainError('internal', `Epoch ${String(entry.epoch)} is not sealed.`);
  return {
    epoch: entry.epoch,
    validator: context.validator,
    auditRoot: sealed.auditRoot,
    summaryRoot: sealed.summaryRoot,
    due: sealed.due,
    done: sealed.done,
    seed: context.ports.keys.seed(entry),
    beaconRound: entry.beaconRound,
    nodeCount: entry.nodeCount,
    policyHash: entry.policyHash,
    previous: last?.reportHash ?? ZERO32,
    archiveHash: sealed.archiveHash,
  };
}

async function abandon(context: Context, epoch: number, note: string): Promise<PostOutcome> {
  await context.ports.ledger.abandon(epoch, note);
  return 'abandoned';
}

/** Unix seconds from which the registry takes no report of the epoch any more. */
const deadlineOf = ({ clock, reportSeconds }: Context, epoch: number): number => epochStart(clock, epoch + 1) + reportSeconds;

function tooLate(context: Context, epoch: number): string {
  const until = new Date(1000 * deadlineOf(context, epoch)).toISOString().replace('.000', '');
  return `The registry took reports of this epoch until ${until}; this one was not there by then.`;
}

const falselyFrozen = (what: string): string =>
  `The chain has another ${what} than the epoch was audited with: an RPC was wrong then, or is now. Its report would make its challenges provably undrawn, so it is not signed. Name two RPCs of different owners in RPC_URL.`;

/** The epoch's signed report, signing it first if need be; or why there can be none. */
async function signed(context: Context, entry: EpochEntry): Promise<SignedReport | string> {
  if (entry.signed !== null) return entry.signed;
  const { registry, sender, ledger, clock } = context.ports;
  const last = await registry.lastReport();
  if (last !== null && last.epoch >= entry.epoch) {
    return `The registry has this validator's report of epoch ${String(last.epoch)} already and takes rising epochs only. Does a second deployment use the same key?`;
  }
  if (clock.nowMs() >= 1000 * (deadlineOf(context, entry.epoch) + context.clock.slotSeconds))
    return tooLate(context, entry.epoch);
  const wrong = await falseFact(context, entry);
  if (wrong !== null) return falselyFrozen(wrong);
  const current = slotAt(context.clock, clock.nowMs())?.epoch ?? 0;
  const result = await sender.signReport(draft(context, entry, last), await seenNow(context.ports, current));
  if (result === null) return 'The signer abstains, because its record of what it signed was lost; it resumes two epochs later.';
  await ledger.sign(entry.epoch, result.report, result.signature, reportHash(result.report));
  return result;
}

/** The registry has a report for this epoch: ours, whoever sent it, or one that we know nothing of. */
async function settle(
  context: Context,
  entry: EpochEntry,
  existing: { reportHash: Hex; blockNumber: number },
): Promise<PostOutcome> {
  const { sender, ledger, clock } = context.ports;
  // A database restored to before the signing has forgotten it; the signer has not.
  const own = entry.signed ?? (await sender.signed(entry.epoch));
  if (own === null || reportHash(own.report) !== existing.reportHash) {
    return abandon(
      context,
      entry.epoch,
      'The registry holds another report of this validator for the epoch. Does a second deployment use the same key?',
    );
  }
  if (entry.signed === null) await ledger.sign(entry.epoch, own.report, own.signature, existing.reportHash);
  const state = await sender.state(intentKey(entry.epoch));
  if (state.state === 'pending') return 'waiting'; // our own transaction's hash is about to be known
  const transactionHash = state.state === 'confirmed' ? state.transactionHash : null;
  await ledger.posted(entry.epoch, { transactionHash, blockNumber: existing.blockNumber, nowMs: clock.nowMs() });
  return 'posted';
}

export async function postReport(context: Context, entry: EpochEntry): Promise<PostOutcome> {
  const { registry, sender } = context.ports;
  const existing = await registry.report(entry.epoch);
  if (existing !== null) return settle(context, entry, existing);
  const ready = await signed(context, entry);
  if (typeof ready === 'string') return abandon(context, entry.epoch, ready);
  const key = intentKey(entry.epoch);
  await sender.submit(key, registry.postCall(ready.report, ready.signature));
  const state = await sender.state(key);
  if (state.state === 'pending' && state.trouble !== null) throw new DomainError(state.trouble.code, state.trouble.message);
  if (state.state !== 'rejected') return 'waiting';
  // The registry refuses a second copy, too: it may have taken the first one since it was asked above.
  const since = await registry.report(entry.epoch);
  if (since !== null) return settle(context, { ...entry, signed: ready }, since);
  const late = state.reason === LATE ? tooLate(context, entry.epoch) : null;
  return abandon(context, entry.epoch, late ?? `The registry refuses the report: ${state.reason}.`);
}
