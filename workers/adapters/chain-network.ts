// The network's view of the chain: chain/ over the configured RPCs, of which all have a say in what is final. The clients, and what they
// learn of the deployment's other contracts, live for one invocation.
import { differentEntry } from '../../chain/agree.ts';
import { registryClient, type RegistryClient, type RegistryConfig } from '../../chain/client.ts';
import { readNewestPolicyHash } from '../../chain/clock.ts';
import { readContracts, type Contracts } from '../../chain/contracts.ts';
import { encodeProve } from '../../chain/prove.ts';
import { readPostedReport, readPreviousHash, readReport, readSeedBase } from '../../chain/reports.ts';
import { readLastRoot, readPostedRoot } from '../../chain/roots.ts';
import { encodeExecuteSlash } from '../../chain/stake-calls.ts';
import { readProven, readSlash, readSlashes, type QueuedSlash as ChainSlash } from '../../chain/stakes.ts';
import { encodePostEpoch } from '../../chain/transactions.ts';
import { readActiveSet, readValidator } from '../../chain/validators.ts';
import { ChainError } from '../../chain/errors.ts';
import type { Hex } from '../../protocol/bytes.ts';
import type { NetworkChain, PeerSeat, PostedReport, QueuedSlash } from '../services/network/ports.ts';
import { finalReads } from './final-reads.ts';

/** The report with all that its replay takes from the chain; null when none is posted. */
async function postedReport(client: RegistryClient, validator: Hex, epoch: number): Promise<PostedReport | null> {
  const stored = await readReport(client, validator, epoch);
  if (stored === null) return null;
  const [posted, previous, seedBase, at] = await Promise.all([
    readPostedReport(client, validator, epoch, stored),
    readPreviousHash(client, validator, stored),
    readSeedBase(client, validator, epoch),
    readValidator(client, validator, epoch),
  ]);
  if (posted === null || seedBase === null || at === null) {
    throw new ChainError('bad_response', 'The RPC contradicts itself about a report. Try again, or another RPC.');
  }
  const { reportHash, due, done, timestamp } = stored;
  const { report, signature } = posted;
  return { report, reportHash, signature, signer: at.signer, due, done, previous, seedBase, timestamp };
}

async function peerSeats(client: RegistryClient, epoch: number): Promise<PeerSeat[]> {
  const seats = await readActiveSet(client, epoch);
  return seats.map(({ operator, signer, url, stake }) => ({ operator, signer, url, stake }));
}

function slashOf({ slashId, faultKey, executableAt, executed, amount }: ChainSlash): QueuedSlash {
  return { slashId, faultKey, executableAt, executed, amount };
}

export function chainNetwork({
  rpcUrls,
  chainId,
  registry,
}: Pick<RegistryConfig, 'rpcUrls' | 'chainId' | 'registry'>): NetworkChain {
  const client = registryClient({ rpcUrls, chainId, registry });
  let found: Promise<Contracts> | null = null;
  const contracts = (): Promise<Contracts> => {
    found ??= readContracts(client).catch((error: unknown) => {
      found = null; // asked again next time
      throw error;
    });
    return found;
  };
  const shared = finalReads({ rpcUrls, chainId, registry });
  return {
    seats: (epoch) => shared.final(epoch, 'the seats', peerSeats, differentEntry),
    policyHash: shared.policyHash,
    nodes: shared.nodes,
    newestPolicyHash: () => readNewestPolicyHash(client),
    report: (validator, epoch) => postedReport(client, validator, epoch),
    root: (epoch) => readPostedRoot(client, epoch),
    lastRoot: () => readLastRoot(client),
    postRootCall: (root, seats, signatures) => ({ to: registry, data: encodePostEpoch(root, seats, signatures) }),
    proveCall: async (proof) => ({ to: (await contracts()).prover, data: encodeProve(proof) }),
    proven: async (faultKey) => readProven(client, await contracts(), faultKey),
    slashes: async (faultKeys) => {
      const wanted = new Set(faultKeys);
      if (wanted.size === 0) return [];
      const all = await readSlashes(client, await contracts());
      return all.filter(({ faultKey, reporter }) => reporter !== null && wanted.has(faultKey)).map(slashOf);
    },
    slash: async (slashId) => slashOf(await readSlash(client, await contracts(), slashId)),
    executeCall: async (slashId) => ({ to: (await contracts()).stakes, data: encodeExecuteSlash(slashId) }),
  };
}
