// The evidence of one audit on demand, from a file or from the API that ordered it, and what the chain says of its epoch.
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { readClock, readPolicyHash } from '../../chain/clock.ts';
import type { RegistryClient } from '../../chain/client.ts';
import { readNodes } from '../../chain/nodes.ts';
import { readValidator } from '../../chain/validators.ts';
import { fromHex, toHex } from '../../protocol/bytes.ts';
import type { SpotEvidence, SpotFacts } from '../../protocol/spot-check.ts';
import { spotDetail, type SpotDetail, type SpotProof } from '../../schema/api/spots.ts';
import { findPolicy } from '../../schema/policy/shipped.ts';
import { readAtMost } from '../../schema/wire/stream.ts';
import { askApi, type Api } from '../api.ts';
import { CliError } from '../command.ts';
import { API_TIMEOUT_MS, SPOT_FILE_BYTES_MAX, SPOT_TRANSCRIPT_BYTES_MAX } from '../limits.ts';

const hexText = z.string().regex(/^0x(?:[0-9a-f]{2})*$/);

/** What `assay audit --save` writes. */
const spotFile = z.strictObject({ format: z.literal('assay-spot/1'), audit: spotDetail, transcript: hexText });

export type Kept = { readonly audit: SpotDetail; readonly transcript: Uint8Array };

export const fileText = ({ audit, transcript }: Kept): string =>
  `${JSON.stringify({ format: 'assay-spot/1', audit, transcript: toHex(transcript) } satisfies z.infer<typeof spotFile>)}\n`;

/** @throws CliError */
export async function readSpotFile(path: string): Promise<Kept> {
  const unreadable = new CliError(`${path} is no file that \`assay audit --save\` wrote.`);
  const handle = await open(path).catch(() => {
    throw new CliError(`${path} cannot be read. Check the path.`);
  });
  try {
    if ((await handle.stat()).size > SPOT_FILE_BYTES_MAX) throw unreadable;
    const parsed = spotFile.safeParse(JSON.parse(await handle.readFile('utf8')));
    if (!parsed.success) throw unreadable;
    return { audit: parsed.data.audit, transcript: fromHex(parsed.data.transcript) };
  } catch (error) {
    throw error instanceof CliError ? error : unreadable;
  } finally {
    await handle.close();
  }
}

/** @throws CliError */
export async function fetchTranscript({ url, key }: Api, id: string): Promise<Uint8Array> {
  const path = `/v1/audits/on-demand/${id}/transcript`;
  const absent = new CliError(`The API does not give the transcript of ${id}. Check --api and the key.`);
  try {
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(url + path, { headers, redirect: 'manual', signal: AbortSignal.timeout(API_TIMEOUT_MS) });
    if (response.status !== 200 || response.body === null) throw absent;
    const bytes = await readAtMost(response.body, SPOT_TRANSCRIPT_BYTES_MAX);
    if (bytes === null) throw absent;
    return bytes;
  } catch {
    throw absent;
  }
}

/** @throws CliError */
export async function fetchSpot(api: Api, id: string): Promise<Kept> {
  const audit = await askApi(api, { method: 'GET', path: `/v1/audits/on-demand/${id}`, schema: spotDetail });
  return { audit, transcript: audit.proof === null ? new Uint8Array() : await fetchTranscript(api, id) };
}

/** @throws CliError for an audit that has not ended with a verdict */
export function evidenceOf({ audit, transcript }: Kept): { readonly proof: SpotProof; readonly evidence: SpotEvidence } {
  const { proof, state } = audit;
  if (proof === null) throw new CliError(`This audit is ${state} and has no verdict, so that there is nothing to verify.`);
  const { record, recordHash, seed, signature, beacon } = proof;
  return { proof, evidence: { record, recordHash, seed, signature, beacon, transcript } };
}

/** @param client pinned to one block. @throws CliError | ChainError */
export async function spotFacts(client: RegistryClient, { record, chainId, registry }: SpotProof): Promise<SpotFacts> {
  const { epoch, validator, nodeId } = record;
  if (chainId !== client.chainId || registry !== client.registry) {
    throw new CliError(`This audit is of registry ${registry} on chain ${String(chainId)}. Correct --registry and --rpc.`);
  }
  const [clock, hash, nodes, seat] = await Promise.all([
    readClock(client),
    readPolicyHash(client, epoch),
    readNodes(client, epoch),
    readValidator(client, validator, epoch),
  ]);
  const policy = findPolicy(hash);
  if (policy === undefined)
    throw new CliError(`This version does not ship the policy ${hash} of epoch ${String(epoch)}. Update it.`);
  const node = nodes.find((one) => one.nodeId === nodeId);
  if (node === undefined) throw new CliError(`The registry has no node ${nodeId} at epoch ${String(epoch)}.`);
  const { genesis, slotSeconds, slotsPerEpoch } = clock;
  const domain = { chainId: client.chainId, registry: client.registry };
  const signer = seat?.active === true ? seat.signer : null;
  return { domain, clock: { genesis, slotSeconds, slotsPerEpoch }, policy, node, signer };
}
