// The network's view of the chain: chain/ over the configured RPCs. The client, and what it learns of the deployment's other
// contracts, live for one invocation.
import { registryClient, type RegistryClient, type RegistryConfig } from '../../chain/client.ts';
import { readNewestPolicyHash, readPolicyHash, requireFinal } from '../../chain/clock.ts';
import { readContracts, type Contracts } from '../../chain/contracts.ts';
import { readNodes } from '../../chain/nodes.ts';
import { encodeProve } from '../../chain/prove.ts';
import { readPostedReport, readPreviousHash, readReport, readSeedBase } from '../../chain/reports.ts';
import { readLastRoot, readPostedRoot } from '../../chain/roots.ts';
import { encodeExecuteSlash } from '../../chain/stake-calls.ts';
import { readProven, readSlashes } from '../../chain/stakes.ts';
import { encodePostEpoch } from '../../chain/transactions.ts';
import { readActiveSet, readValidator } from '../../chain/validators.ts';
import { ChainError } from '../../chain/errors.ts';
import type { Hex } from '../../protocol/bytes.ts';
import type { NetworkChain, PostedReport } from '../services/network/ports.ts';

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
  const final = async <T>(epoch: number, read: () => Promise<T>): Promise<T> => {
    await requireFinal(client, epoch);
    return read();
  };
  return {
    seats: (epoch) =>
      final(epoch, async () => {
        const seats = await readActiveSet(client, epoch);
        return seats.map(({ operator, signer, url, stake }) => ({ operator, signer, url, stake }));
      }),
    policyHash: (epoch) => final(epoch, () => readPolicyHash(client, epoch)),
    newestPolicyHash: () => readNewestPolicyHash(client),
    nodes: (epoch) => final(epoch, () => readNodes(client, epoch)),
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
      return all
        .filter(({ faultKey, reporter }) => reporter !== null && wanted.has(faultKey))
        .map(({ slashId, faultKey, executableAt, executed, amount }) => ({ slashId, faultKey, executableAt, executed, amount }));
    },
    executeCall: async (slashId) => ({ to: (await contracts()).stakes, data: encodeExecuteSlash(slashId) }),
  };
}
