// Failures that a broken line on our own side would cause as well, and when they are taken for that.
import type { BeaconRound } from '../../protocol/beacon.ts';
import { ZERO32, type Hex } from '../../protocol/bytes.ts';
import { verdictOf, type Reason } from '../../protocol/verdict.ts';
import { NETWORK_FAULT_PROBES_MIN } from '../limits.ts';
import type { Ports } from './ports.ts';
import type { Result } from './rows.ts';

const MAY_BE_OURS: ReadonlySet<Reason> = new Set(['unreachable', 'timeout', 'tls']);

/** Once a commitment was accepted there was a line, and the draw ends in PASS or FAIL. */
const suspicious = ({ reason, commitment }: { readonly reason: Reason; readonly commitment: Hex }): boolean =>
  MAY_BE_OURS.has(reason) && commitment === ZERO32;

/** The reason that stands, once a control request over the same line has told a dead node from a cut-off auditor. */
export async function controlled(
  { beacon, regions }: Pick<Ports, 'beacon' | 'regions'>,
  line: Result['line'],
  done: { readonly reason: Reason; readonly commitment: Hex },
): Promise<Reason> {
  if (!suspicious(done)) return done.reason;
  const well = line === null ? beacon.control() : regions.control(line);
  return (await well) ? done.reason : 'auditor_fault';
}

function forgiven(probes: readonly Result[]): Result[] {
  const suspects = probes.filter(({ row }) => suspicious(row));
  const ours = probes.filter(({ row }) => row.reason === 'auditor_fault').length;
  const many = probes.length >= NETWORK_FAULT_PROBES_MIN && 3 * (suspects.length + ours) > probes.length;
  return ours === 0 || !many ? [] : suspects;
}

/**
 * When over a third of many probes over one line fail at network level and one of them is known to be our own fault, the others are it,
 * too. The share alone proves nothing: nodes cost little, and whoever holds a third of them could turn his failures into VOIDs. Nor does
 * one line's outage excuse what failed over another.
 */
export function forgiveOutage(results: readonly Result[]): Result[] {
  const sent = results.filter(({ transcript }) => transcript !== null);
  const excused = new Set([...Map.groupBy(sent, ({ line }) => line).values()].flatMap(forgiven));
  return results.map((result) =>
    excused.has(result) ? { ...result, row: { ...result.row, ...verdictOf('auditor_fault') } } : result,
  );
}

/** The rounds that sent challenges used, once each. */
export function roundsOf(results: readonly Result[]): BeaconRound[] {
  const rounds = new Map(results.flatMap(({ round }) => (round === null ? [] : [[round.round, round]])));
  return [...rounds.values()];
}
