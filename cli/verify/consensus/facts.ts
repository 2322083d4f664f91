// What the chain says about a consensus root: the root with its signatures, the seats and nodes of its epoch, and the roots before it as
// far back as the window goes. Read at one block; the only thing that is believed.
import type { RegistryClient } from '../../../chain/client.ts';
import { readPolicyHash } from '../../../chain/clock.ts';
import { readNodes } from '../../../chain/nodes.ts';
import { readPostedRoot, type PostedRoot } from '../../../chain/roots.ts';
import { readActiveSet, type ActiveSeat } from '../../../chain/validators.ts';
import type { Hex } from '../../../protocol/bytes.ts';
import type { EpochNode } from '../../../protocol/schedule.ts';
import { CliError } from '../../command.ts';

export type RootFacts = {
  readonly epoch: number;
  readonly posted: PostedRoot;
  readonly seats: readonly ActiveSeat[];
  readonly nodes: readonly EpochNode[];
  /** Of the policy in force at the epoch. */
  readonly policyHash: Hex;
};

/** @param client pinned to one block. @throws CliError | ChainError */
export async function readRootFacts(client: RegistryClient, epoch: number): Promise<RootFacts> {
  const posted = await readPostedRoot(client, epoch);
  if (posted === null) {
    throw new CliError(
      `No consensus root is posted for epoch ${String(epoch)}: it is too early, the epoch was skipped, or it is before the first. Take another --epoch.`,
    );
  }
  const [seats, nodes, policyHash] = await Promise.all([
    readActiveSet(client, epoch),
    readNodes(client, epoch),
    readPolicyHash(client, epoch),
  ]);
  return { epoch, posted, seats, nodes, policyHash };
}

/** The posted roots before this one, newest first: the previous one always, others down to epoch `oldest`. */
export async function readRootsBefore(client: RegistryClient, posted: PostedRoot, oldest: number): Promise<PostedRoot[]> {
  const before: PostedRoot[] = [];
  for (let at = posted.previousEpoch; at !== null && (before.length === 0 || at >= oldest);) {
    const root = await readPostedRoot(client, at);
    if (root === null) throw new CliError(`The RPC contradicts itself about the root of epoch ${String(at)}. Try another one.`);
    before.push(root);
    at = root.previousEpoch;
  }
  return before;
}
