// Report sets, by the hash that a posted root names: which reports count. Whoever serves one cannot change it.
import { readReport, type StoredReport } from '../../../chain/reports.ts';
import type { PostedRoot } from '../../../chain/roots.ts';
import type { RegistryClient } from '../../../chain/client.ts';
import { reportSetHash, rangeStart } from '../../../protocol/consensus/sets.ts';
import type { ReportEntry } from '../../../protocol/consensus/types.ts';
import { cappedWeights, hasQuorum } from '../../../protocol/consensus/weights.ts';
import { PEER_JSON_BYTES_MAX } from '../../../schema/wire/limits.ts';
import { parseReportSet } from '../../../schema/wire/network.ts';
import { CliError } from '../../command.ts';
import { Unreadable } from '../load.ts';
import type { Anywhere } from './anywhere.ts';
import type { RootFacts } from './facts.ts';

export type CountedReport = { readonly entry: ReportEntry; readonly stored: StoredReport };

/** @throws CliError when nobody has it */
export async function fetchSet(from: Anywhere, root: PostedRoot): Promise<readonly ReportEntry[]> {
  const wanted = root.root.reportSetHash;
  const entries = await from.ask(`v1/report-sets/${wanted}`, PEER_JSON_BYTES_MAX, (bytes) => {
    const parsed = parseReportSet(bytes);
    return parsed !== null && reportSetHash(parsed) === wanted ? parsed : null;
  });
  if (entries !== null) return entries;
  throw new CliError(
    `The report set ${wanted} of the root of epoch ${String(root.root.epoch)} can't be had: ${from.asked} has it. Try another --api.`,
  );
}

/** Whether a root's set is one that may be proposed: in range, once each, and with a quorum for the epoch itself. */
export function setFault({ epoch, seats, posted }: RootFacts, windowEpochs: number, set: readonly ReportEntry[]): string | null {
  const start = rangeStart(epoch, windowEpochs, posted.previousEpoch);
  const strange = set.find((entry) => entry.epoch < start || entry.epoch > epoch);
  if (strange !== undefined) {
    return `a report of epoch ${String(strange.epoch)}; only epochs ${String(start)} to ${String(epoch)} may be in the set`;
  }
  const places = new Set(set.map((entry) => `${String(entry.epoch)} ${entry.validator}`));
  if (places.size !== set.length) return 'a validator has two reports of one epoch in the set';
  const own = new Set(set.filter((entry) => entry.epoch === epoch).map(({ validator }) => validator));
  const chosen = seats.flatMap(({ operator }, seat) => (own.has(operator) ? [seat] : []));
  const isEnough = hasQuorum(cappedWeights(seats.map(({ stake }) => stake)), chosen);
  return isEnough ? null : `the validators with a report of epoch ${String(epoch)} in the set hold no quorum`;
}

/** The entry's report as the registry has it. @throws Unreadable when it has another one, or none */
export async function countedReport(client: RegistryClient, entry: ReportEntry): Promise<CountedReport> {
  const stored = await readReport(client, entry.validator, entry.epoch);
  if (stored?.reportHash === entry.reportHash) return { entry, stored };
  const found = stored === null ? 'none' : stored.reportHash;
  throw new Unreadable(
    'reports on chain',
    `report of epoch ${String(entry.epoch)} by ${entry.validator}: the set names ${entry.reportHash}, the registry has ${found}`,
  );
}
