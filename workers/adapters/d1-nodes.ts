// Node versions in D1: a row only where something changed, so that an unchanged network of any size costs no writes.
import type { Hex } from '../../protocol/bytes.ts';
import type { EpochNode } from '../../protocol/schedule.ts';
import { ROWS_PER_STATEMENT_MAX } from '../limits.ts';
import type { EpochFacts } from '../services/ports.ts';
import { batches } from './batches.ts';

const INSERT_CHANGED = `
INSERT OR IGNORE INTO node_versions (node_index, from_epoch, node_id, operator, key_x, key_y, url, gpu_class, vram_mib, retired)
SELECT value ->> 0, ?2, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8
FROM json_each(?1)
WHERE NOT EXISTS (
  SELECT 1 FROM node_versions AS known
  WHERE known.node_index = value ->> 0
    AND known.from_epoch = (SELECT max(from_epoch) FROM node_versions WHERE node_index = value ->> 0 AND from_epoch <= ?2)
    AND known.operator = value ->> 2 AND known.url = value ->> 5 AND known.gpu_class IS value ->> 6
    AND known.vram_mib = value ->> 7 AND known.retired = value ->> 8
)`;

const SELECT_AT = `
SELECT known.* FROM json_each(?1) AS wanted JOIN node_versions AS known ON known.node_index = wanted.value
WHERE known.from_epoch = (SELECT max(from_epoch) FROM node_versions WHERE node_index = wanted.value AND from_epoch <= ?2)`;

const INSERT_EPOCH = `
INSERT OR IGNORE INTO epochs (epoch, state, node_count, validator_count, beacon_round, base_epoch, base_seed)
VALUES (?, 'frozen', ?, ?, ?, ?, ?)`;

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

const tuple = (node: EpochNode): unknown[] => {
  const { index, nodeId, operator, publicKey, url, gpuClass, vramMiB, retired } = node;
  return [index, nodeId, operator, publicKey.x, publicKey.y, url, gpuClass, vramMiB, retired ? 1 : 0];
};

/** The epoch's row and its changed nodes, all or nothing. */
export async function freezeEpoch(d1: D1Database, facts: EpochFacts, nodes: readonly EpochNode[]): Promise<void> {
  const { epoch, nodeCount, validatorCount, beaconRound, seedBase } = facts;
  const insertNodes = d1.prepare(INSERT_CHANGED);
  const statements = batches(nodes.map(tuple), ROWS_PER_STATEMENT_MAX).map((batch) =>
    insertNodes.bind(JSON.stringify(batch), epoch),
  );
  const insertEpoch = d1.prepare(INSERT_EPOCH).bind(epoch, nodeCount, validatorCount, beaconRound, seedBase.epoch, seedBase.seed);
  await d1.batch([...statements, insertEpoch]);
}

/** The nodes of these indices as they stood at an epoch. */
export async function nodesOf(d1: D1Database, epoch: number, indices: readonly number[]): Promise<Map<number, EpochNode>> {
  if (indices.length === 0) return new Map();
  const { results } = await d1.prepare(SELECT_AT).bind(JSON.stringify(indices), epoch).all<NodeRow>();
  return new Map(
    results.map((row) => [
      row.node_index,
      {
        ...{ index: row.node_index, nodeId: row.node_id, operator: row.operator, publicKey: { x: row.key_x, y: row.key_y } },
        ...{ url: row.url, gpuClass: row.gpu_class, vramMiB: row.vram_mib, retired: row.retired !== 0 },
      },
    ]),
  );
}
