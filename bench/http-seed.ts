// A network's month in D1, made by SQL inside of the database: a thousand nodes of hourly epochs, their scores, roll-ups and audits, in the
// tables and forms that mirroring and adopting write. Values differ by node and epoch; nothing is random.
import type { Database } from '../local/edge.ts';
import type { Hex } from '../protocol/bytes.ts';
import { toHex } from '../protocol/bytes.ts';
import { rootHash } from '../protocol/consensus/root.ts';
import type { EpochRoot } from '../protocol/consensus/types.ts';
import { sha256, tag } from '../protocol/hash.ts';
import { policyHash, type Policy } from '../protocol/policy.ts';
import { BUCKETS } from '../workers/services/profiles/buckets.ts';
import { spanOf } from '../workers/services/profiles/job-epochs.ts';
import { SPAN_EPOCHS } from '../workers/services/profiles/limits.ts';

export type Month = { readonly nodes: number; readonly epochs: number; readonly policy: Policy; readonly genesis: number };

export const CHAIN_ID = 31_337;
export const REGISTRY: Hex = `0x${'5f'.repeat(20)}`;
const SEATS = 4;
const RECENT_EPOCHS = 168;
const EPOCHS_PER_STATEMENT = 24;

const nameOf = (what: string, n: number, bytes: number): Hex =>
  toHex(sha256(tag(`bench-${what}`), new TextEncoder().encode(String(n))).subarray(0, bytes));
export const nodeIdOf = (index: number): Hex => nameOf('node', index, 32);
export const operatorOf = (index: number): Hex => nameOf('operator', index % 40, 20);
export const validatorOf = (seat: number): Hex => nameOf('validator', seat, 20);

/** Small differences that follow from node and epoch alone. */
const noise = (salt: number): string => `((n.node_index * 7919 + e.value * 104729 + ${String(salt)}) % 1000)`;
/** Every fiftieth node is bad, every seventeenth is new. */
const GOOD = 'CASE WHEN n.node_index % 50 = 49 THEN 700000 WHEN n.node_index % 17 = 16 THEN 880000 ELSE 985000 END';
const FROM = 'FROM json_each(?1) AS e CROSS JOIN (SELECT node_index, node_id FROM node_versions) AS n';

const SCORES = `
INSERT INTO scores (epoch, node_index, node_id, score_ppm, rate_ppm, correct_ppm, samples, effective_samples, measure, elapsed_ms, tier,
  uptime_ppm, uptime_low_ppm, uptime_samples, latency_ms, latency_high_ms, bandwidth)
SELECT e.value, n.node_index, n.node_id, ${GOOD} - ${noise(1)} * 10, ${GOOD} + 5000, CASE WHEN n.node_index % 50 = 49 THEN 950000 ELSE 1000000 END,
  CASE WHEN n.node_index % 17 = 16 THEN 60 ELSE 10000 END + ${noise(2)}, 9000, 900000000000000 + ${noise(3)} * 400000000000, 2100,
  CASE WHEN n.node_index % 50 = 49 THEN 3 ELSE 1 END, 999000 - ${noise(4)} * 20, 997000 - ${noise(4)} * 20, 190000,
  20 + ${noise(5)} / 5, 60 + ${noise(6)} / 3, 2800000000000 ${FROM}`;

const REGION = (i: number): string =>
  `json_array(${["'wnam'", "'enam'", "'weur'", "'apac'", "'sam'"][i] ?? "'oc'"}, ${String(9 + i)}, (n.node_index + e.value) % 97 = 0, ${Array.from(
    { length: BUCKETS },
    (_, bucket) => `((n.node_index + ${String(2 * i)}) % 9 + 2 = ${String(bucket)}) * ${String(9 + i)}`,
  ).join(', ')})`;

const NODE_EPOCHS = `
INSERT INTO node_epochs (node_index, epoch, pass, wrong, slow, network, void, busy, present, absent, latency_ms, latency_high_ms, measure,
  bandwidth, validators, score_ppm, regions)
SELECT n.node_index, e.value, 30 + ${noise(1)} % 6, (n.node_index % 50 = 49) * 2, ${noise(2)} % 40 = 0, ${noise(3)} % 50 = 0, 0, 1, 48, ${noise(4)} % 60 = 0,
  20 + ${noise(5)} / 5, 60 + ${noise(6)} / 3, 900000000000000 + ${noise(3)} * 400000000000, 2800000000000, ${String(SEATS)}, ${GOOD} - ${noise(1)} * 10,
  json_array(${[0, 1, 2, 3, 4].map(REGION).join(', ')}) ${FROM}`;

const SPANS = `
INSERT INTO node_spans (node_index, span, pass, wrong, slow, network)
SELECT node_index, epoch / ?1, sum(pass), sum(wrong), sum(slow), sum(network) FROM node_epochs WHERE epoch / ?1 < ?2 GROUP BY 1, 2`;

const AUDIT = (i: number): string =>
  `json_array('${validatorOf(i)}', ${noise(i)} % 60, ${String(i)}, 1 + ${noise(i)} % 2, 'pass', 'none', 2000 + ${noise(i)}, 900000000000000 + ${noise(i)}, ?2 + e.value * 3600000 + ${noise(i)})`;
const RECENT = `
INSERT INTO recent_audits (node_index, epoch, audits) SELECT n.node_index, e.value, json_array(${[0, 1, 2, 3].map(AUDIT).join(', ')}) ${FROM}`;

const TALLIES = `
INSERT INTO tallies (epoch, validator, node_index, pass, wrong, slow, network, void, median_measure, median_elapsed_ms, present, absent,
  latency_ms, latency_high_ms, fills, bandwidth, busy)
SELECT e.value, seats.operator, n.node_index, 8, 0, 0, 0, 0, 900000000000000, 2100, 12, 0, 40, 95, 1, 2800000000000, 0
${FROM} JOIN seats ON seats.epoch = e.value`;

const PLACES = `
INSERT INTO node_places (node_index, epoch, nearest, latency_ms)
SELECT node_index, ?1, CASE node_index % 5 WHEN 0 THEN 'wnam' WHEN 1 THEN 'enam' WHEN 2 THEN 'weur' WHEN 3 THEN 'apac' ELSE 'sam' END,
  20 + node_index % 100 FROM node_versions`;

type Values = readonly (string | number | null)[];
async function run(db: Database, sql: string, values: Values): Promise<void> {
  await db
    .prepare(sql)
    .bind(...values)
    .run();
}

async function addClaims(db: Database, { nodes, policy, genesis }: Month): Promise<void> {
  const deployment =
    'INSERT INTO deployment (id, chain_id, registry, genesis, slot_seconds, slots_per_epoch, policy_hash, report_seconds)';
  await run(db, `${deployment} VALUES (1, ?, ?, ?, 60, 60, ?, 300)`, [CHAIN_ID, REGISTRY, genesis, policyHash(policy)]);
  const rows = Array.from({ length: nodes }, (_, index) => [
    ...[index, nodeIdOf(index), operatorOf(index), nameOf('x', index, 32), nameOf('y', index, 32)],
    ...[`https://gpu-${String(index)}.example.net`, policy.classes[index % policy.classes.length]?.name ?? ''],
  ]);
  const values = 'value ->> 0, 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, 81920, 0';
  const columns = 'node_index, from_epoch, node_id, operator, key_x, key_y, url, gpu_class, vram_mib, retired';
  await run(db, `INSERT INTO node_versions (${columns}) SELECT ${values} FROM json_each(?)`, [JSON.stringify(rows)]);
}

/** A root of an epoch; its trees are names, as nothing here proves a line. */
function rootOf(epoch: number, policy: Hex): EpochRoot {
  const trees = {
    scoreRoot: nameOf('score', epoch, 32),
    rewardRoot: nameOf('reward', epoch, 32),
    penaltyRoot: nameOf('penalty', epoch, 32),
  };
  const sets = { reportSetHash: nameOf('reports', epoch, 32), nodeSetRoot: nameOf('nodes', epoch, 32) };
  return { epoch, round: 0, ...trees, ...sets, previousRoot: nameOf('root', epoch - 1, 32), policyHash: policy };
}

async function addRoots(db: Database, { epochs, nodes, policy, genesis }: Month): Promise<void> {
  const hash = policyHash(policy);
  const all = Array.from({ length: epochs }, (_, epoch) => epoch);
  const json = (rows: readonly unknown[]): [string] => [JSON.stringify(rows)];
  const roots = all.map((epoch) => {
    const root = rootOf(epoch, hash);
    const finalAt = 1000 * (genesis + 3600 * (epoch + 1) + 900);
    return [epoch, rootHash(root), JSON.stringify(root), epoch - 1, 1000 + epoch, nameOf('tx', epoch, 32), finalAt];
  });
  const seats = all.flatMap((epoch) =>
    Array.from({ length: SEATS }, (_, seat) => [
      epoch,
      seat,
      validatorOf(seat),
      nameOf('signer', seat, 20),
      `https://v${String(seat)}.example.org`,
      '1000',
    ]),
  );
  const due = 51 * nodes;
  await run(
    db,
    `INSERT INTO network_epochs (epoch, policy_hash, node_count) SELECT value, '${hash}', ${String(nodes)} FROM json_each(?)`,
    json(all),
  );
  const fields = 'value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5';
  await run(db, `INSERT INTO seats (epoch, seat, operator, signer, url, stake) SELECT ${fields} FROM json_each(?)`, json(seats));
  await run(
    db,
    `INSERT INTO roots (epoch, root_hash, root, state, seats, provisional, previous_epoch, block_number, transaction_hash, final_at)
     SELECT value ->> 0, value ->> 1, value ->> 2, 'final', 15, 0, value ->> 3, value ->> 4, value ->> 5, value ->> 6 FROM json_each(?)`,
    json(roots),
  );
  await run(
    db,
    `INSERT INTO mirrors (epoch, validator, state, report_hash, archive_hash, due, done, attempts, updated_at)
     SELECT epoch, operator, 'verified', ?1, ?1, ?2, ?2, 1, 1 FROM seats`,
    [nameOf('report', 0, 32), due],
  );
  const shares = 'SELECT epoch, seat, operator, 250000, 1000000, 1000000, 1000000, ?1 FROM seats';
  const columns = 'epoch, seat, validator, weight_ppm, accuracy_ppm, agreement_ppm, coverage_ppm, reward';
  await run(db, `INSERT INTO validator_scores (${columns}) ${shares}`, ['1000000000000000000']);
}

/** @param say told of each day */
export async function seedMonth(db: Database, month: Month, say: (text: string) => void): Promise<void> {
  await addClaims(db, month);
  await addRoots(db, month);
  for (let from = 0; from < month.epochs; from += EPOCHS_PER_STATEMENT) {
    const some = Array.from({ length: Math.min(EPOCHS_PER_STATEMENT, month.epochs - from) }, (_, i) => from + i);
    const recent = some.filter((epoch) => epoch >= month.epochs - RECENT_EPOCHS);
    await run(db, SCORES, [JSON.stringify(some)]);
    await run(db, NODE_EPOCHS, [JSON.stringify(some)]);
    if (recent.length > 0) {
      await run(db, RECENT, [JSON.stringify(recent), 1000 * month.genesis]);
      await run(db, TALLIES, [JSON.stringify(recent)]);
    }
    if (from % (10 * EPOCHS_PER_STATEMENT) === 0) say(`http: epochs ${String(from)} and on are stored`);
  }
  await run(db, SPANS, [SPAN_EPOCHS, spanOf(month.epochs - 1)]);
  await run(db, PLACES, [month.epochs - 1]);
}
