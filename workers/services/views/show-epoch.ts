// One revealed epoch: roots, counts, and the report that stands on chain.
import { epochReport, type EpochDetail } from '../../../schema/api/epochs.ts';
import type { Epoch } from '../../../schema/api/requests.ts';
import { found, type Answer } from './answer.ts';
import type { WebPorts } from './ports.ts';
import { epochItem, revealedEpoch } from './revealed-epoch.ts';

export async function showEpoch(ports: WebPorts, input: { epoch: Epoch }): Promise<Answer<EpochDetail>> {
  const answer = await revealedEpoch(ports, input.epoch);
  if (!answer.ok) return answer;
  const view = answer.value;
  const posted = view.state === 'posted';
  const base = `/v1/epochs/${view.epoch}`;
  return found({
    ...epochItem(ports, view),
    beacon: { round: view.beaconRound, signature: view.beaconSignature },
    sealedAtMs: view.sealedAtMs,
    postedAtMs: posted ? view.postedAtMs : null,
    report: posted && view.report !== null ? epochReport.parse(JSON.parse(view.report)) : null,
    signature: posted ? view.signature : null,
    links: { archive: `${base}/archive`, nodes: `${base}/nodes`, page: `/epochs/${view.epoch}` },
  });
}
