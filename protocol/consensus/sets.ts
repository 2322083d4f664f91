// What a root is computed from, as hashes: the reports of its set and the nodes of its epoch; and which epochs' reports may be in
// the set (docs/protocol.md, sections 16.5, 16.6 and 17).
import { fromHex, toHex, u64, type Hex } from '../bytes.ts';
import { keccak, tag } from '../hash.ts';
import { buildStandardTree, standardRoot } from '../trees/standard.ts';
import type { ConsensusNode, ReportEntry } from './types.ts';
import { wordWriter } from './words.ts';

const SET_TAG = tag('assay/report-set');

/** By epoch, then validator (lower-case hex): the order in which a report set is hashed. */
export function sortEntries<E extends ReportEntry>(entries: readonly E[]): E[] {
  return entries.toSorted((a, b) => a.epoch - b.epoch || (a.validator < b.validator ? -1 : a.validator > b.validator ? 1 : 0));
}

/** Hash of a report set; the order of entries has no influence. Whether each stands there once is the caller's to see to. */
export function reportSetHash(entries: readonly ReportEntry[]): Hex {
  const parts = sortEntries(entries).flatMap(({ epoch, validator, reportHash }) => [
    u64(epoch),
    fromHex(validator, 20),
    fromHex(reportHash, 32),
  ]);
  return toHex(keccak(SET_TAG, ...parts));
}

/** Root of the standard tree over `(uint32 index, bytes32 nodeId, address operator, uint8 retired)`, retired nodes included. */
export function nodeSetRoot(nodes: readonly ConsensusNode[]): Hex {
  const leaf = wordWriter(4);
  const leaves = nodes.map(({ index, nodeId, operator, retired }) => {
    leaf.uint(0, index);
    leaf.bytes32(1, nodeId);
    leaf.address(2, operator);
    leaf.uint(3, retired ? 1 : 0);
    return leaf.hash();
  });
  return standardRoot(buildStandardTree(leaves));
}

/** The first epoch whose reports may be fresh in a root of `epoch`: after the last posted root's, and inside the window. */
export function rangeStart(epoch: number, windowEpochs: number, previousEpoch: number | null): number {
  return Math.max(0, epoch - windowEpochs + 1, (previousEpoch ?? -1) + 1);
}
