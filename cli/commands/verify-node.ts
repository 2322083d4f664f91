// `assay verify --node`: what an API says of one node under a consensus root, held against the root on chain. The same check as the button on
// the node's page, with the same words.
import { checkLeaves, type LeafPorts } from '../../chain/leaf-check.ts';
import type { RegistryClient } from '../../chain/client.ts';
import { CliError, type Io } from '../command.ts';
import { fetchBytes } from '../verify/http.ts';

/** A proof under the largest tree is below 8 kB. */
const PROOF_BYTES_MAX = 256 * 1024;

export type NodeTask = {
  readonly client: RegistryClient;
  readonly epoch: number;
  readonly nodeIndex: number;
  readonly api: string;
};

function portsOf({ client, api }: NodeTask): LeafPorts {
  const base = api.endsWith('/') ? api : `${api}/`;
  return {
    api: async (path) => {
      const bytes = await fetchBytes(new URL(path.slice(1), base).href, PROOF_BYTES_MAX);
      if (bytes === null) throw new CliError(`The API has nothing at ${path} (status 404). Check --epoch, --node and --api.`);
      try {
        return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
      } catch {
        throw new CliError(`What the API has at ${path} is no JSON. Check --api.`);
      }
    },
    rpc: (method, params) => client.rpc.request({ method, params } as never),
  };
}

/** @throws CliError | ChainError when it could not be checked */
export async function runNode(task: NodeTask, block: bigint, io: Io, isJson: boolean): Promise<0 | 1> {
  const { client, epoch, nodeIndex } = task;
  const { chainId, registry } = client;
  const steps: { ok: boolean; title: string; detail: string }[] = [];
  if (!isJson) io.out(`Registry ${registry} on chain ${String(chainId)}, read at block ${String(block)}`);
  const outcome = await checkLeaves(portsOf(task), { epoch, nodeIndex, nodeId: null, registry, chainId, shown: {} }, (step) => {
    steps.push(step);
    if (!isJson && step.ok) io.out(`✓ ${step.title}: ${step.detail}`);
  });
  const failed = steps.find(({ ok }) => !ok) ?? null;
  if (outcome === 'unchecked') throw new CliError(failed?.detail ?? 'It could not be checked.');
  const place = { epoch, node: nodeIndex, chainId, registry, block: Number(block) };
  if (isJson) io.out(JSON.stringify({ ok: outcome === 'verified', ...place, steps }));
  else if (failed !== null) io.out(`✗ ${failed.title}: ${failed.detail}`);
  else
    io.out(`Node ${String(nodeIndex)} verifies: what the API says of it in epoch ${String(epoch)} is under the root on chain.`);
  return outcome === 'verified' ? 0 : 1;
}
