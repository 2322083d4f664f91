// What validators read from one another (docs/protocol.md, sections 15 and 17), in the form of schema/wire/network.ts.
import type { ReportEntry, Statement } from '../../../protocol/consensus/types.ts';
import type { EpochReport } from '../../../protocol/report.ts';
import type { Hex } from '../../../protocol/bytes.ts';
import { epochReport } from '../../../schema/api/epochs.ts';
import type { Epoch, Hash } from '../../../schema/api/requests.ts';
import { OBJECTIONS_MAX, STATEMENTS_MAX } from '../../../schema/wire/limits.ts';
import type { ToldObjection } from '../../../schema/wire/network.ts';
import { found, missing, type Answer } from './answer.ts';
import { horizonOf } from './horizon.ts';
import type { WebPorts } from './ports.ts';
import { noOwnAudits, notRevealed } from './revealed-epoch.ts';

async function known<T>(ports: WebPorts, epoch: number, read: () => Promise<T>): Promise<Answer<T>> {
  const hidden = notRevealed(ports, epoch);
  if (hidden !== undefined) return hidden;
  if (await ports.network.knows(horizonOf(ports), epoch)) return found(await read());
  return missing('not-found', `Nothing of the network in epoch ${epoch} is known here. /v1/consensus lists the epochs that are.`);
}

export async function tellStatements(ports: WebPorts, { epoch }: { epoch: Epoch }): Promise<Answer<{ statements: Statement[] }>> {
  return known(ports, epoch, async () => ({
    statements: await ports.network.statements(horizonOf(ports), epoch, STATEMENTS_MAX),
  }));
}

export async function tellObjections(
  ports: WebPorts,
  { epoch }: { epoch: Epoch },
): Promise<Answer<{ objections: ToldObjection[] }>> {
  return known(ports, epoch, async () => {
    const confirmed = await ports.network.objections(horizonOf(ports), epoch, OBJECTIONS_MAX);
    return { objections: confirmed.map(({ validator, slot, draw }) => ({ validator, slot, draw })) };
  });
}

export async function tellReportSet(ports: WebPorts, { hash }: { hash: Hash }): Promise<Answer<{ reports: ReportEntry[] }>> {
  const reports = await ports.network.reportSet(horizonOf(ports), hash);
  if (reports !== null) return found({ reports });
  return missing('not-found', `No public report set with the hash ${hash} is known here. A root names its own: /v1/consensus.`);
}

export type ToldReport = { readonly report: EpochReport; readonly signature: Hex };

/** The own signed report: with its seed, hence not before it is on chain or the reveal has passed. */
export async function tellReport(
  ports: WebPorts,
  { epoch }: { epoch: Epoch },
): Promise<Answer<{ told: ToldReport; posted: boolean }>> {
  if (ports.settings.validator === null) return noOwnAudits();
  const own = await ports.network.ownReport(horizonOf(ports), epoch);
  if (own !== null) {
    const report = epochReport.parse(JSON.parse(own.report));
    return found({ told: { report, signature: own.signature }, posted: own.posted });
  }
  const hidden = notRevealed(ports, epoch);
  if (hidden !== undefined) return hidden;
  return missing('not-found', `This validator signed no report for epoch ${epoch}. /v1/epochs lists those that it has.`);
}
