// A line under a consensus root with its proof, as any API answers it, checked against the root on chain before anybody acts on it.
import { z } from 'zod';
import type { RegistryClient } from '../../chain/client.ts';
import { readLastRoot, readRoot, type StoredRoot } from '../../chain/roots.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { verifyStandardProof } from '../../protocol/trees/standard.ts';
import { hash } from '../../schema/values.ts';
import { CliError } from '../command.ts';
import { PROOF_ANSWER_BYTES_MAX, PROOF_STEPS_MAX } from '../limits.ts';
import { fetchBytes } from '../verify/http.ts';

/** An amount in a line: a uint256 in decimal. */
export const lineAmount = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,77})$/)
  .transform(BigInt);

export type EpochLines = StoredRoot & { readonly epoch: number };

/** The root of the epoch asked for, or the newest. @throws CliError | ChainError */
export async function rootOfLines(client: RegistryClient, wanted: number | null): Promise<EpochLines> {
  const epoch = wanted ?? (await readLastRoot(client))?.epoch ?? null;
  const root = epoch === null ? null : await readRoot(client, epoch);
  if (epoch === null || root === null) {
    const where = epoch === null ? 'yet' : `for epoch ${String(epoch)}`;
    throw new CliError(`No consensus root is posted ${where}. Wait for one, or correct --epoch.`);
  }
  return { ...root, epoch };
}

export type LineQuery<Leaf> = {
  readonly epoch: number;
  /** The account or node that the line is of. */
  readonly of: Hex;
  readonly tree: 'reward' | 'penalty';
  /** Of that tree, on chain. */
  readonly root: Hex;
  /** What is needed of the API's line; whatever else it says is not looked at. */
  readonly leaf: z.ZodType<Leaf>;
  readonly isOf: (leaf: Leaf) => boolean;
  readonly hashOf: (leaf: Leaf) => Uint8Array;
  /** What it means that there is no such line. */
  readonly none: string;
};
export type Line<Leaf> = { readonly leaf: Leaf; readonly proof: readonly Hex[] };

const PATHS = { reward: 'rewards', penalty: 'penalties' } as const;

function parseLine<Leaf>(leaf: z.ZodType<Leaf>, bytes: Uint8Array): Line<Leaf> | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return z.object({ leaf, proof: z.array(hash).max(PROOF_STEPS_MAX) }).parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** @throws CliError where the API has no such line, or one that is not under the root */
export async function fetchLine<Leaf>(api: string, query: LineQuery<Leaf>): Promise<Line<Leaf>> {
  const { epoch, of, tree, root } = query;
  const base = api.endsWith('/') ? api : `${api}/`;
  const url = new URL(`v1/consensus/${String(epoch)}/${PATHS[tree]}/${of}`, base).href;
  const bytes = await fetchBytes(url, PROOF_ANSWER_BYTES_MAX);
  if (bytes === null) {
    throw new CliError(
      `The API has no ${tree} of ${of} under the root of epoch ${String(epoch)}: ${query.none}, or take another --api or --epoch.`,
    );
  }
  const line = parseLine(query.leaf, bytes);
  if (line === null || !query.isOf(line.leaf) || !verifyStandardProof(root, query.hashOf(line.leaf), line.proof)) {
    throw new CliError(
      `What the API says of ${of} is not in the ${tree} tree of epoch ${String(epoch)} on chain. Nothing was sent. Try another --api.`,
    );
  }
  return line;
}
