// What came of it: reports and roots as they stand on the chain, and what became of everybody's score, reward and stake. The chain
// is asked, not the Workers, wherever it has the answer.
import { getTransactionReceipt } from 'viem/actions';
import { readPostedReport, readReport } from '../chain/reports.ts';
import { readPostedRoot } from '../chain/roots.ts';
import { VALIDATOR_STAKE, readSlashes, readStake, type QueuedSlash } from '../chain/stakes.ts';
import type { Hex } from '../protocol/bytes.ts';
import { epochStart } from '../protocol/schedule.ts';
import type { Outcome, Reason } from '../protocol/verdict.ts';
import { LocalError } from './errors.ts';
import type { Network } from './network.ts';
import { embeddedPolicy } from './policy.ts';
import { readProgress, readTallies, type Tally } from './progress.ts';
import { readLines, isRefused, readStanding, type FaultRow, type Lines, type MirrorRow, type Standing } from './standing.ts';
import type { Member } from './validators.ts';

export type Verdicts = Partial<Record<Outcome, Partial<Record<Reason, number>>>>;

/** One validator's report. */
export type ReportSummary = {
  readonly epoch: number;
  readonly validator: string;
  readonly root: Hex;
  readonly transactionHash: Hex;
  readonly due: number;
  readonly done: number;
  readonly pass: number;
  readonly fail: number;
  readonly void: number;
  /** From the epoch's end to the block that holds it. */
  readonly seconds: number;
};

/** One epoch with a consensus root. */
export type EpochSummary = {
  readonly epoch: number;
  readonly root: Hex;
  readonly transactionHash: Hex;
  readonly round: number;
  readonly signers: number;
  readonly reports: readonly ReportSummary[];
  /** From the epoch's end to the block that holds the root. */
  readonly seconds: number;
};

export type NodeSummary = {
  readonly id: Hex;
  readonly name: string;
  readonly behaviour: string;
  /** Of all honest validators together. */
  readonly verdicts: Verdicts;
  /** Under the newest root; null where there is none. */
  readonly score: Lines['scores'][number] | null;
};

export type ValidatorSummary = {
  readonly name: string;
  readonly behaviour: string;
  readonly operator: Hex;
  /** In the token's smallest unit: at the start, and what is left. */
  readonly staked: bigint;
  readonly stake: bigint;
  /** How many of the epochs it reported. */
  readonly reports: number;
  readonly earned: bigint;
  /** Under the newest root; null where it has no seat or there is no root. */
  readonly line: Lines['validators'][number] | null;
  /** What the others say of its archives: the failed checks, with how often. */
  readonly checks: Readonly<Record<string, number>>;
};

export type SlashSummary = Pick<QueuedSlash, 'slashId' | 'ppm' | 'executed' | 'faultKey'> & {
  readonly offender: string;
  readonly kind: string;
  readonly epoch: number | null;
};

export type Summary = {
  readonly epochs: readonly EpochSummary[];
  /** Between the first and the last epoch with a root. */
  readonly skipped: readonly number[];
  readonly nodes: readonly NodeSummary[];
  readonly validators: readonly ValidatorSummary[];
  readonly slashes: readonly SlashSummary[];
};

/** The Worker that serves the page: the one whose view of the network is told. */
export function pageOf({ gateway, validators }: Network): Member {
  const member = gateway ?? validators[0];
  if (member === undefined) throw new LocalError('The network has no Worker.');
  return member;
}

/** The reports of one validator for the epochs [from, to] that are on chain. @throws LocalError when the ledger has another root */
export async function reportSummaries(network: Network, member: Member, from: number, to: number): Promise<ReportSummary[]> {
  const { operator, name } = member;
  if (operator === null) return [];
  const progress = await readProgress(await member.edge().database(), from);
  const found: ReportSummary[] = [];
  for (let epoch = from; epoch <= to; epoch++) {
    const stored = await readReport(network.client, operator, epoch);
    const posted = stored === null ? null : await readPostedReport(network.client, operator, epoch, stored);
    if (stored === null || posted === null) continue;
    const { transactionHash: hash, report } = posted;
    const receipt = await getTransactionReceipt(network.client.rpc, { hash });
    if (receipt.status !== 'success') throw new LocalError(`The transaction of epoch ${String(epoch)} failed on chain: ${hash}.`);
    const own = progress.find((entry) => entry.epoch === epoch);
    if (member.behaviour === 'honest' && own?.root !== report.auditRoot) {
      const ledger = String(own?.root);
      throw new LocalError(
        `Epoch ${String(epoch)}: the registry holds root ${report.auditRoot} of ${name}, the ledger ${ledger}.`,
      );
    }
    found.push({
      ...{ epoch, validator: name, root: report.auditRoot, transactionHash: hash, due: report.due, done: report.done },
      ...{ pass: own?.pass ?? 0, fail: own?.fail ?? 0, void: own?.void ?? 0 },
      seconds: stored.timestamp - epochStart(network.clock, epoch + 1),
    });
  }
  return found;
}

function verdictsOf(tallies: readonly Tally[], nodeIndex: number): Verdicts {
  const verdicts: Verdicts = {};
  for (const { outcome, reason, n } of tallies.filter((tally) => tally.nodeIndex === nodeIndex)) {
    verdicts[outcome] = { ...verdicts[outcome], [reason]: (verdicts[outcome]?.[reason] ?? 0) + n };
  }
  return verdicts;
}

/** Verdicts of each node by the honest validators over the epochs [from, to], and its score under the newest root. */
export async function nodeSummaries(network: Network, from: number, to: number): Promise<NodeSummary[]> {
  const honest = network.validators.filter(({ behaviour }) => behaviour === 'honest');
  const tallies = await Promise.all(honest.map(async ({ edge }) => readTallies(await edge().database(), from, to)));
  const { scores } = await newestLines(network, await readStanding(await pageOf(network).edge().database(), from));
  return network.fleet.nodes.map(({ nodeId, plan }, index) => ({
    ...{ id: nodeId, name: plan.name, behaviour: plan.behaviour },
    verdicts: verdictsOf(tallies.flat(), index),
    score: scores.find(({ nodeIndex }) => nodeIndex === index) ?? null,
  }));
}

async function newestLines(network: Network, { roots }: Pick<Standing, 'roots'>): Promise<Lines> {
  const database = await pageOf(network).edge().database();
  const newest = roots.findLast(({ state }) => state === 'final');
  return newest === undefined ? { scores: [], validators: [], rewards: [], penalties: [] } : readLines(database, newest.epoch);
}

async function epochSummaries(network: Network, reports: readonly ReportSummary[], { roots }: Standing): Promise<EpochSummary[]> {
  const found: EpochSummary[] = [];
  for (const { epoch, rootHash } of roots.filter(({ state }) => state === 'final')) {
    const posted = await readPostedRoot(network.client, epoch);
    if (posted?.rootHash !== rootHash) throw new LocalError(`The registry holds another root of epoch ${String(epoch)}.`);
    found.push({
      ...{ epoch, root: rootHash, transactionHash: posted.transactionHash, round: posted.round },
      signers: posted.signatures.length,
      reports: reports.filter((report) => report.epoch === epoch),
      seconds: posted.timestamp - epochStart(network.clock, epoch + 1),
    });
  }
  return found;
}

/** How often each check of a validator's archives did not pass at the honest Workers, in epochs that have a root; where there was no report, there is no archive. */
function checksOf(mirrors: readonly MirrorRow[], operator: Hex): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const mirror of mirrors) {
    if (mirror.validator !== operator || !isRefused(mirror)) continue;
    const name = mirror.check ?? 'unnamed';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function slashSummaries(network: Network, slashes: readonly QueuedSlash[], faults: readonly FaultRow[]): SlashSummary[] {
  return slashes.map(({ slashId, owner, id, ppm, executed, faultKey }) => {
    const fault = faults.find((candidate) => candidate.faultKey === faultKey);
    const validator = network.validators.find(({ operator }) => id === VALIDATOR_STAKE && operator === owner);
    const node = network.fleet.nodes.find(({ nodeId }) => nodeId === id);
    const offender = validator?.name ?? node?.plan.name ?? owner;
    return { slashId, ppm, executed, faultKey, offender, kind: fault?.kind ?? 'penalty', epoch: fault?.epoch ?? null };
  });
}

/** All that the summary says, over the epochs from the given one to the newest root. @throws LocalError where chain and Workers differ */
export async function summarize(network: Network, from: number): Promise<Summary> {
  const honest = [...network.validators, ...(network.gateway === null ? [] : [network.gateway])].filter(
    ({ behaviour }) => behaviour === 'honest',
  );
  const standings = await Promise.all(honest.map(async ({ edge }) => readStanding(await edge().database(), from)));
  const page = await readStanding(await pageOf(network).edge().database(), from);
  const to = page.roots.at(-1)?.epoch ?? from;
  const mirrors = standings.flatMap((standing) => standing.mirrors.filter(({ epoch }) => epoch <= to));
  const faults = standings.flatMap((standing) => standing.faults);
  const reports = (await Promise.all(network.validators.map((member) => reportSummaries(network, member, from, to)))).flat();
  const epochs = await epochSummaries(network, reports, page);
  const lines = await newestLines(network, page);
  const validators = await Promise.all(
    network.validators.map(async ({ name, behaviour, operator, stake }): Promise<ValidatorSummary> => {
      const account = operator ?? '0x';
      const now = await readStake(network.client, network.contracts, account, VALIDATOR_STAKE);
      return {
        ...{ name, behaviour, operator: account, staked: stake ?? 0n, stake: now.bonded + now.unbonding },
        reports: reports.filter(({ validator }) => validator === name).length,
        earned: lines.rewards.find((reward) => reward.account === account)?.cumulative ?? 0n,
        line: lines.validators.find(({ validator }) => validator === account) ?? null,
        checks: checksOf(mirrors, account),
      };
    }),
  );
  const have = new Set(epochs.map(({ epoch }) => epoch));
  const last = epochs.at(-1)?.epoch ?? from - 1;
  return {
    ...{ epochs, validators, nodes: await nodeSummaries(network, from, to) },
    skipped: Array.from({ length: last - from + 1 }, (_, i) => from + i).filter((epoch) => !have.has(epoch)),
    slashes: slashSummaries(network, await readSlashes(network.client, network.contracts), faults),
  };
}

export const count = (verdicts: Verdicts, outcome: Outcome): number =>
  Object.values(verdicts[outcome] ?? {}).reduce((sum, n) => sum + n, 0);

/** The tier of a score by its name. */
export function tierName({ tier }: { readonly tier: number }): string {
  if (tier === 0) return 'too few audits';
  return embeddedPolicy().policy.consensus.tiers[tier - 1]?.name ?? 'none';
}
