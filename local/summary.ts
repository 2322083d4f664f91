// What came of it: epochs as they stand on the chain, and each node's verdicts. The chain is asked, not the Worker: a report counts
// when its transaction succeeded and the registry holds the root that the ledger has.
import { getTransactionReceipt } from 'viem/actions';
import { readPostedReport, readReport } from '../chain/reports.ts';
import type { Hex } from '../protocol/bytes.ts';
import type { Outcome, Reason } from '../protocol/verdict.ts';
import { validator } from './accounts.ts';
import { LocalError } from './errors.ts';
import type { Network } from './network.ts';
import { readProgress, readTallies, type EpochProgress, type Tally } from './progress.ts';

export type Verdicts = Partial<Record<Outcome, Partial<Record<Reason, number>>>>;

export type EpochSummary = {
  readonly epoch: number;
  readonly root: Hex;
  readonly transactionHash: Hex;
  readonly due: number;
  readonly done: number;
  readonly pass: number;
  readonly fail: number;
  readonly void: number;
};

export type NodeSummary = {
  readonly id: Hex;
  readonly name: string;
  readonly behaviour: string;
  readonly verdicts: Verdicts;
};

export type Summary = { readonly epochs: readonly EpochSummary[]; readonly nodes: readonly NodeSummary[] };

async function epochSummary(network: Network, progress: EpochProgress): Promise<EpochSummary> {
  const { epoch, root, pass, fail } = progress;
  const [stored, posted] = await Promise.all([
    readReport(network.client, validator.address, epoch),
    readPostedReport(network.client, validator.address, epoch),
  ]);
  if (stored === null || posted === null) throw new LocalError(`The registry holds no report for epoch ${String(epoch)}.`);
  const hash = posted.transactionHash;
  const receipt = await getTransactionReceipt(network.client.rpc, { hash });
  if (receipt.status !== 'success') throw new LocalError(`The transaction of epoch ${String(epoch)} failed on chain: ${hash}.`);
  const { auditRoot } = posted.report;
  if (auditRoot !== root) {
    throw new LocalError(`Epoch ${String(epoch)}: the registry holds root ${auditRoot}, the ledger ${String(root)}.`);
  }
  return {
    epoch,
    root: auditRoot,
    transactionHash: hash,
    due: stored.due,
    done: stored.done,
    pass,
    fail,
    void: progress.void,
  };
}

function verdictsOf(tallies: readonly Tally[], nodeIndex: number): Verdicts {
  const verdicts: Verdicts = {};
  for (const { outcome, reason, n } of tallies.filter((tally) => tally.nodeIndex === nodeIndex)) {
    verdicts[outcome] = { ...verdicts[outcome], [reason]: n };
  }
  return verdicts;
}

/** Verdicts of each node over the epochs [from, to]. */
export async function nodeSummaries(network: Network, from: number, to: number): Promise<NodeSummary[]> {
  const tallies = await readTallies(await network.edge().database(), from, to);
  return network.fleet.nodes.map(({ nodeId, plan }, index) => ({
    id: nodeId,
    name: plan.name,
    behaviour: plan.behaviour,
    verdicts: verdictsOf(tallies, index),
  }));
}

/** @throws LocalError when an epoch is not on chain as the ledger has it */
export async function summarize(network: Network, from: number, to: number): Promise<Summary> {
  const progress = await readProgress(await network.edge().database(), from);
  const epochs: EpochSummary[] = [];
  for (const epoch of progress.filter((entry) => entry.epoch <= to)) epochs.push(await epochSummary(network, epoch));
  return { epochs, nodes: await nodeSummaries(network, from, to) };
}

export const count = (verdicts: Verdicts, outcome: Outcome): number =>
  Object.values(verdicts[outcome] ?? {}).reduce((sum, n) => sum + n, 0);

function nodeLine({ name, behaviour, verdicts }: NodeSummary): string {
  const [pass, fail, skipped] = [count(verdicts, 'pass'), count(verdicts, 'fail'), count(verdicts, 'void')];
  const judged = pass + fail;
  const reasons = Object.entries({ ...verdicts.fail, ...verdicts.void }).map(([reason, n]) => `${reason} ${String(n)}`);
  const found =
    judged === 0
      ? 'not drawn'
      : behaviour === 'honest'
        ? `passed ${String(pass)} of ${String(judged)}`
        : `caught ${String(fail)} of ${String(judged)}`;
  const extra = skipped > 0 ? `${String(skipped)} void` : '';
  const detail = [...reasons, extra].filter((text) => text !== '').join(', ');
  return `  ${name.padEnd(14)} ${found}${detail === '' ? '' : ` (${detail})`}`;
}

/** The summary as a person reads it. */
export function summaryText({ epochs, nodes }: Summary): string {
  const honest = nodes.filter(({ behaviour }) => behaviour === 'honest');
  const dishonest = nodes.filter(({ behaviour }) => behaviour !== 'honest');
  return [
    ...epochs.flatMap((epoch) => [
      `Epoch ${String(epoch.epoch)} is on chain: ${String(epoch.done)} of ${String(epoch.due)} audits, ` +
        `${String(epoch.pass)} passed, ${String(epoch.fail)} failed, ${String(epoch.void)} void`,
      `  root        ${epoch.root}`,
      `  transaction ${epoch.transactionHash}`,
    ]),
    ...(honest.length > 0 ? ['Honest nodes', ...honest.map(nodeLine)] : []),
    ...(dishonest.length > 0 ? ['Dishonest nodes', ...dishonest.map(nodeLine)] : []),
  ].join('\n');
}
