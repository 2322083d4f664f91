// Node versions in D1: a row only where something changed, so that an unchanged network of any size costs no writes.
import type { Hex } from '../../protocol/bytes.ts';
import type { EpochNode } from '../../protocol/schedule.ts';
import { NODES_PER_QUERY, OPERATORS_PER_QUERY, ROWS_PER_STATEMENT_MAX } from '../limits.ts';
import type { EpochFacts } from '../services/ports.ts';
import { batches } from './batches.ts';

// Identity and key of an index never change on an honest chain; what a false RPC once said of them must not stay for ever.
const SAME = `known.node_id = value ->> 1 AND known.key_x = value ->> 3 AND known.key_y = value ->> 4
    AND known.operator = value ->> 2 AND known.url = value ->> 5 AND known.gpu_class IS value ->> 6
    AND known.vram_mib = value ->> 7 AND known.retired = value ->> 8`;

const COLUMNS = 'node_index, from_epoch, node_id, operator, key_x, key_y, url, gpu_class, vram_mib, retired';

// An epoch may be stored after a later one, to catch up. A node that differs in it gets a version there, and the later epoch one of
// its own first, or it would be read as the earlier one's.
const KEEP_LATER = `
INSERT OR IGNORE INTO node_versions (${COLUMNS})
SELECT known.node_index, later.epoch, known.node_id, known.operator, known.key_x, known.key_y, known.url, known.gpu_class,
  known.vram_mib, known.retired
FROM (SELECT min(epoch) AS epoch FROM (SELECT epoch FROM epochs UNION SELECT epoch FROM network_epochs) WHERE epoch > ?2) AS later
CROSS JOIN json_each(?1)
CROSS JOIN node_versions AS known ON known.node_index = value ->> 0
  AND known.from_epoch = (SELECT max(from_epoch) FROM node_versions WHERE node_index = value ->> 0 AND from_epoch <= later.epoch)
WHERE later.epoch IS NOT NULL AND known.from_epoch <= ?2 AND NOT (${SAME})`;

const INSERT_CHANGED = `
INSERT OR IGNORE INTO node_versions (${COLUMNS})
SELECT value ->> 0, ?2, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8
FROM json_each(?1)
WHERE NOT EXISTS (
  SELECT 1 FROM node_versions AS known
  WHERE known.node_index = value ->> 0
    AND known.from_epoch = (SELECT max(from_epoch) FROM node_versions WHERE node_index = value ->> 0 AND from_epoch <= ?2)
    AND ${SAME}
)`;

const SELECT_AT = `
SELECT known.* FROM json_each(?1) AS wanted JOIN node_versions AS known ON known.node_index = wanted.value
WHERE known.from_epoch = (SELECT max(from_epoch) FROM node_versions WHERE node_index = wanted.value AND from_epoch <= ?2)`;

const SELECT_RANGE = `
SELECT known.* FROM node_versions AS known
WHERE known.node_index >= ?2 AND known.node_index < ?3
  AND known.from_epoch = (SELECT max(from_epoch) FROM node_versions WHERE node_index = known.node_index AND from_epoch <= ?1)
ORDER BY known.node_index`;

// A node may have been another's before: the operator's versions say which nodes to look at, the one in force whose it is.
const SELECT_OPERATORS = `
SELECT known.* FROM (
  SELECT DISTINCT own.node_index AS place FROM json_each(?1) AS wanted
  CROSS JOIN node_versions AS own ON own.operator = wanted.value
  WHERE own.node_index > ?3 AND own.from_epoch <= ?2
) CROSS JOIN node_versions AS known ON known.node_index = place
  AND known.from_epoch = (SELECT max(from_epoch) FROM node_versions WHERE node_index = place AND from_epoch <= ?2)
WHERE known.operator IN (SELECT value FROM json_each(?1))
ORDER BY known.node_index LIMIT ?4`;

const INSERT_EPOCH = `
INSERT OR IGNORE INTO epochs (epoch, state, policy_hash, node_count, validator_count, signers, beacon_round, base_epoch, base_seed)
VALUES (?, 'frozen', ?, ?, ?, ?, ?, ?, ?)`;

type NodeRow = {
  node_index: number;
  node_id: Hex;
  operator: Hex;
  key_x: Hex;
  key_y: Hex;
  url: string;
  gpu_class: string | null;
  vram_mib: number;
  retired: number;
};

const nodeOf = (row: NodeRow): EpochNode => ({
  ...{ index: row.node_index, nodeId: row.node_id, operator: row.operator, publicKey: { x: row.key_x, y: row.key_y } },
  ...{ url: row.url, gpuClass: row.gpu_class, vramMiB: row.vram_mib, retired: row.retired !== 0 },
});

const tuple = (node: EpochNode): unknown[] => {
  const { index, nodeId, operator, publicKey, url, gpuClass, vramMiB, retired } = node;
  return [index, nodeId, operator, publicKey.x, publicKey.y, url, gpuClass, vramMiB, retired ? 1 : 0];
};

/** What stores an epoch's nodes; they belong into the batch that stores the epoch itself. */
export function nodeStatements(d1: D1Database, epoch: number, nodes: readonly EpochNode[]): D1PreparedStatement[] {
  const [keep, insert] = [d1.prepare(KEEP_LATER), d1.prepare(INSERT_CHANGED)];
  return batches(nodes.map(tuple), ROWS_PER_STATEMENT_MAX).flatMap((batch) => {
    const json = JSON.stringify(batch);
    return [keep.bind(json, epoch), insert.bind(json, epoch)];
  });
}

/** The epoch's row and its changed nodes, all or nothing. */
export async function freezeEpoch(d1: D1Database, facts: EpochFacts, nodes: readonly EpochNode[]): Promise<void> {
  const { epoch, policyHash, nodeCount, validatorCount, signers, beaconRound, seedBase } = facts;
  const seats = JSON.stringify(signers.map(({ operator, signer }) => ({ operator, signer })));
  const values = [epoch, policyHash, nodeCount, validatorCount, seats, beaconRound, seedBase.epoch, seedBase.seed];
  await d1.batch([...nodeStatements(d1, epoch, nodes), d1.prepare(INSERT_EPOCH).bind(...values)]);
}

/** One page of an epoch's nodes, in order of index. */
export async function nodesFrom(d1: D1Database, epoch: number, from: number, until: number): Promise<EpochNode[]> {
  const { results } = await d1.prepare(SELECT_RANGE).bind(epoch, from, until).all<NodeRow>();
  return results.map(nodeOf);
}

/** The nodes of these indices as they stood at an epoch. */
export async function nodesOf(d1: D1Database, epoch: number, indices: readonly number[]): Promise<Map<number, EpochNode>> {
  if (indices.length === 0) return new Map();
  const { results } = await d1.prepare(SELECT_AT).bind(JSON.stringify(indices), epoch).all<NodeRow>();
  return new Map(results.map((row) => [row.node_index, nodeOf(row)]));
}

/** All nodes of these operators as they stood at an epoch, ascending by index: a page at a time, however many one has. */
export async function operatorNodes(
  d1: D1Database,
  epoch: number,
  operators: readonly Hex[],
  pageSize: number = NODES_PER_QUERY,
): Promise<Map<Hex, EpochNode[]>> {
  const found: EpochNode[] = [];
  for (const some of batches(operators, OPERATORS_PER_QUERY)) {
    for (let after = -1, more = true; more;) {
      const page = await d1.prepare(SELECT_OPERATORS).bind(JSON.stringify(some), epoch, after, pageSize).all<NodeRow>();
      found.push(...page.results.map(nodeOf));
      after = page.results.at(-1)?.node_index ?? after;
      more = page.results.length === pageSize;
    }
  }
  return Map.groupBy(found, ({ operator }) => operator);
}
