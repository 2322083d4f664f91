// Measure 7: how long after its end an epoch has its reports on chain, and its consensus root, in the embedded network. Times are
// those of the blocks, a second each.
import { setTimeout as sleep } from 'node:timers/promises';
import { readReport } from '../chain/reports.ts';
import { readRoot } from '../chain/roots.ts';
import { FIRST_EPOCH } from '../local/limits.ts';
import { startNetwork, type Network } from '../local/network.ts';
import { epochStart } from '../protocol/schedule.ts';
import { alone, type Bench, type BenchOptions, type Section } from './measure.ts';

const EPOCHS = 5;
const QUICK_EPOCHS = 1;
const POLL_MS = 1_000;
/** After the last epoch's end; a network that has no root by then has skipped it. */
const WAIT_SECONDS_MAX = 100;

type Times = { readonly reports: readonly number[]; readonly roots: readonly number[]; readonly skipped: number };

async function timesOf({ client, clock, validators }: Network, last: number): Promise<Times> {
  const reports: number[] = [];
  const roots: number[] = [];
  let skipped = 0;
  for (let epoch = FIRST_EPOCH; epoch <= last; epoch++) {
    const end = epochStart(clock, epoch + 1);
    for (const { operator } of validators) {
      const report = operator === null ? null : await readReport(client, operator, epoch);
      if (report !== null) reports.push(report.timestamp - end);
    }
    const root = await readRoot(client, epoch);
    if (root === null) skipped++;
    else roots.push(root.timestamp - end);
  }
  return { reports, roots, skipped };
}

async function run({ quick, say }: BenchOptions): Promise<Section> {
  const epochs = quick ? QUICK_EPOCHS : EPOCHS;
  say(`epochs: an embedded network of four validators over ${String(epochs)} epochs`);
  const last = FIRST_EPOCH + epochs - 1;
  const network = await startNetwork();
  try {
    const until = 1000 * (epochStart(network.clock, last + 1) + WAIT_SECONDS_MAX);
    while (Date.now() < until && (await readRoot(network.client, last)) === null) await sleep(POLL_MS);
    const { reports, roots, skipped } = await timesOf(network, last);
    return {
      title: 'From the end of an epoch, in the embedded network (epochs of 30 s, four validators, a gateway, twelve nodes)',
      lines: [
        alone('to a report on chain, each validator and epoch', 's', reports),
        alone('to the consensus root on chain', 's', roots),
        alone('epochs without a root', `of ${String(epochs)}`, [skipped]),
      ],
      notes: ['The reveal is 30 s after the end, the first round of agreement 39 s: no root can be sooner.'],
    };
  } finally {
    await network.stop();
  }
}

export const epochsBench: Bench = { name: 'epochs', about: 'an epoch’s end to its reports and its root on chain', run };
