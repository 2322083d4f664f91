// Follows a running network until enough epochs have a root on chain (or a report, for networks that are about one validator), or
// something can never become right.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChainErrorCode } from '../chain/errors.ts';
import { readReport } from '../chain/reports.ts';
import { readRoot } from '../chain/roots.ts';
import { readSlashes } from '../chain/stakes.ts';
import { epochStart, slotAt } from '../protocol/schedule.ts';
import type { DomainErrorCode } from '../workers/errors.ts';
import { validator } from './accounts.ts';
import { LocalError } from './errors.ts';
import { EPOCH_SECONDS, FIRST_EPOCH, POLL_MS, POST_SECONDS_MAX, SKIPPED_MAX, SLASH_SECONDS_MAX } from './limits.ts';
import type { Network } from './network.ts';
import { embeddedPolicy } from './policy.ts';
import { readState, type MemberState } from './member-state.ts';
import type { Trouble } from './progress.ts';
import { viewOf, type View } from './view.ts';

/** Troubles that no waiting mends: what the operator configured does not fit the chain. */
const HOPELESS: ReadonlySet<string> = new Set<ChainErrorCode | DomainErrorCode>([
  'misconfigured',
  'wrong_chain',
  'no_code',
  'not_registry',
  'not_registered',
  'wrong_deployment',
]);

export type Watch = {
  /** Stops after so many epochs have what is waited for; null watches for ever. */
  readonly epochs: number | null;
  /** What an epoch must have: the first validator's report (the usual thing for tests), or a root that is final for the page. */
  readonly until?: 'report' | 'root';
  readonly signal?: AbortSignal;
  readonly onView?: (view: View) => void;
};

const sentence = ({ step, message }: Trouble): string => `${step}: ${message}`;

/** Seconds after which an epoch that is not on chain has failed. */
function deadline({ clock }: Network, epoch: number): number {
  return epochStart(clock, epoch + 1) + embeddedPolicy().policy.schedule.settleSeconds + POST_SECONDS_MAX;
}

function because(troubles: readonly Trouble[]): string {
  const said = troubles.map(sentence).join('\n  ');
  return said === '' ? '' : ` The Worker says:\n  ${said}`;
}

function assertHope(states: readonly MemberState[]): void {
  for (const { member, troubles } of states) {
    if (member.behaviour !== 'honest') continue;
    const hopeless = troubles.find(({ code }) => HOPELESS.has(code));
    if (hopeless !== undefined) throw new LocalError(`The ${member.role} ${member.name} cannot work. ${hopeless.message}`);
  }
}

/** The first validator's epochs up to `last` are on chain, or may still come to be. */
function assertReports(network: Network, state: MemberState, last: number): void {
  for (let epoch = FIRST_EPOCH; epoch <= last; epoch++) {
    const entry = state.progress.find((candidate) => candidate.epoch === epoch);
    if (entry?.state === 'posted') continue;
    if (entry?.state === 'abandoned') {
      throw new LocalError(`Epoch ${String(epoch)} was abandoned: ${entry.note ?? 'no reason given'}.${because(state.troubles)}`);
    }
    if (Date.now() / 1000 > deadline(network, epoch)) {
      throw new LocalError(
        `Epoch ${String(epoch)} was not on chain ${String(POST_SECONDS_MAX)} s after it could be sealed.${because(state.troubles)}`,
      );
    }
  }
}

/** The chain's word: every one of these epochs has a report. */
async function allReported({ client }: Network, last: number): Promise<boolean> {
  for (let epoch = FIRST_EPOCH; epoch <= last; epoch++) {
    if ((await readReport(client, validator.address, epoch)) === null) return false;
  }
  return true;
}

/** Epochs with a root that is final for this Worker, and that the chain has too. */
async function finalEpochs({ client }: Network, { standing }: MemberState): Promise<number[]> {
  const found: number[] = [];
  for (const { epoch, rootHash, state } of standing.roots) {
    const stored = state === 'final' ? await readRoot(client, epoch) : null;
    if (stored?.rootHash === rootHash) found.push(epoch);
  }
  return found;
}

/** Unix seconds at which no root of the epoch can come any more, with time for the last one to be adopted. */
function rootDeadline({ clock }: Network, epoch: number): number {
  const { schedule, consensus } = embeddedPolicy().policy;
  return epochStart(clock, epoch + 1) + schedule.revealSeconds + consensus.mirrorSeconds + EPOCH_SECONDS + POST_SECONDS_MAX;
}

/** Too many epochs in a row without a root never become right. */
function assertRoots(network: Network, state: MemberState): void {
  const last = state.standing.roots.at(-1)?.epoch ?? FIRST_EPOCH - 1;
  const disputed = state.standing.roots.find((root) => root.state === 'disputed');
  if (disputed !== undefined) {
    throw new LocalError(`The root of epoch ${String(disputed.epoch)} is disputed: ${disputed.note ?? 'no reason given'}.`);
  }
  if (Date.now() / 1000 > rootDeadline(network, last + SKIPPED_MAX)) {
    throw new LocalError(`No root came for ${String(SKIPPED_MAX)} epochs after ${String(last)}.${because(state.troubles)}`);
  }
}

async function reached(network: Network, page: MemberState | null, { epochs, until = 'report' }: Watch): Promise<boolean> {
  if (page === null) return false;
  if (until === 'root') {
    assertRoots(network, page);
    return epochs !== null && (await finalEpochs(network, page)).length >= epochs;
  }
  const last = FIRST_EPOCH + (epochs ?? 0) - 1;
  assertReports(network, page, last);
  const posted = page.progress.filter(({ epoch, state }) => state === 'posted' && epoch <= last).length;
  return epochs !== null && posted >= epochs && (await allReported(network, last));
}

/** @throws LocalError when what is waited for can't or won't come in time */
export async function watch(network: Network, options: Watch): Promise<void> {
  const { signal, onView, until = 'report' } = options;
  const members = [...network.validators, ...(network.gateway === null ? [] : [network.gateway])];
  // Whoever is not shown need not be asked: each question takes a little of the machine that the audits run on.
  const asked = onView !== undefined || until === 'root' ? members : members.slice(0, 1);
  while (signal?.aborted !== true) {
    const now = Date.now();
    const at = slotAt(network.clock, now) ?? { epoch: 0, slot: 0 };
    const from = until === 'root' ? FIRST_EPOCH : 0;
    const states = (await Promise.all(asked.map((member) => readState(member, from)))).filter((state) => state !== null);
    onView?.(viewOf(network, states, { ...at, now }));
    assertHope(states);
    const page = until === 'root' ? (network.gateway ?? network.validators[0]) : network.validators[0];
    if (await reached(network, states.find(({ member }) => member === page) ?? null, options)) return;
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

/** Waits until so many accounts have been slashed; returns without them after a while, for the findings to say so. */
export async function untilSlashed({ client, contracts }: Network, count: number, signal?: AbortSignal): Promise<void> {
  const end = Date.now() + 1000 * SLASH_SECONDS_MAX;
  while (signal?.aborted !== true && Date.now() < end) {
    const slashes = await readSlashes(client, contracts);
    const accounts = slashes.flatMap(({ executed, owner, id }) => (executed ? [`${owner}/${id}`] : []));
    if (new Set(accounts).size >= count) return;
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}
