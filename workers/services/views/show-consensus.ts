// One epoch of the network: its root, its seats with what became of each one's report, and who computed otherwise.
import type { Archive, ConsensusDetail, Seat } from '../../../schema/api/consensus.ts';
import type { Epoch } from '../../../schema/api/requests.ts';
import type { Mirror } from '../network/ports.ts';
import { found, type Answer } from './answer.ts';
import { consensusItem, leftOutReason, roundsEndMs } from './consensus-item.ts';
import { networkEpoch } from './final-root.ts';
import { horizonOf } from './horizon.ts';
import { DISAGREEMENTS_MAX } from './limits.ts';
import type { NetworkEpochView } from './network-ports.ts';
import type { WebPorts } from './ports.ts';

export const archiveOf = ({ validator: _validator, ...mirror }: Mirror): Archive => mirror;

/** Operators whose report of the epoch is in its root's set; null where the set is not known here. */
async function countedOf(ports: WebPorts, { epoch, root }: NetworkEpochView): Promise<ReadonlySet<string> | null> {
  const entries = root === null ? null : await ports.network.reportSet(horizonOf(ports), root.root.reportSetHash);
  if (entries === null) return null;
  return new Set(entries.filter((entry) => entry.epoch === epoch).map(({ validator }) => validator));
}

function linksOf({ epoch, root }: NetworkEpochView): ConsensusDetail['links'] {
  const base = `/v1/consensus/${epoch}`;
  const final = root?.state === 'final';
  return {
    statements: `${base}/statements`,
    objections: `${base}/objections`,
    leaves: final ? `${base}/leaves` : null,
    scores: final ? `${base}/scores` : null,
    reportSet: root === null ? null : `/v1/report-sets/${root.root.reportSetHash}`,
    page: `/consensus/${epoch}`,
  };
}

/** `settled`: nothing of the answer will change any more. */
export async function showConsensus(
  ports: WebPorts,
  input: { epoch: Epoch },
): Promise<Answer<{ detail: ConsensusDetail; settled: boolean }>> {
  const answer = await networkEpoch(ports, input.epoch);
  if (!answer.ok) return answer;
  const view = answer.value;
  const horizon = horizonOf(ports);
  const [mirrors, disagreements, counted, newest] = await Promise.all([
    ports.network.mirrors(horizon, view.epoch),
    ports.network.disagreements(horizon, view.epoch, DISAGREEMENTS_MAX),
    countedOf(ports, view),
    ports.network.lastFinal(horizon),
  ]);
  const item = consensusItem(ports, view, newest?.epoch ?? -1);
  const seats = view.seats.map(({ operator, signer, url, stake }, seat): Seat => {
    const mirror = mirrors.find(({ validator }) => validator === operator) ?? null;
    const isCounted = counted === null ? null : counted.has(operator);
    const signed = item.signers[seat] ?? { seat, operator, weightPpm: 0, signed: null };
    return {
      ...signed,
      ...{ signer, url, stake: stake.toString(), counted: isCounted, leftOut: leftOutReason(mirror, isCounted) },
      archive: mirror === null ? null : archiveOf(mirror),
    };
  });
  const detail: ConsensusDetail = {
    ...item,
    ...{ policyHash: view.policyHash, nodeCount: view.nodeCount, seats, links: linksOf(view) },
    disagreements: disagreements.map(({ round, validator, detail }) => ({ round, validator, detail })),
  };
  const waits = mirrors.some(({ state }) => state === 'waiting');
  return found({ detail, settled: item.state === 'final' && !waits && ports.nowMs() >= roundsEndMs(ports, view) });
}
