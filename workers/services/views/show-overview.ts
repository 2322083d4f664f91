// The network as a whole, for its page, beside its nodes: the validators, the newest roots, the faults.
import type { ConsensusList, FaultList, ValidatorList } from '../../../schema/api/consensus.ts';
import type { Network } from '../../../schema/api/network.ts';
import { FAULTS_SHOWN_MAX } from './limits.ts';
import { listConsensus } from './list-consensus.ts';
import { listFaults } from './list-faults.ts';
import { listValidators } from './list-validators.ts';
import type { WebPorts } from './ports.ts';
import { showNetwork } from './show-network.ts';

export type Overview = {
  readonly network: Network;
  readonly validators: ValidatorList;
  readonly roots: ConsensusList;
  readonly faults: FaultList;
};

export async function showOverview(ports: WebPorts, input: { epochs: number }): Promise<Overview> {
  const [network, validators, roots, faults] = await Promise.all([
    showNetwork(ports),
    listValidators(ports),
    listConsensus(ports, { limit: input.epochs }),
    listFaults(ports, { limit: FAULTS_SHOWN_MAX }),
  ]);
  return { network, validators, roots, faults };
}
