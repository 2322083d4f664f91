// Shared facts of an epoch in D1: its seats, its nodes (the versions that the ledger keeps, too), and verified beacon rounds.
import { asc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { BeaconRound } from '../../protocol/beacon.ts';
import type { EpochNode } from '../../protocol/schedule.ts';
import { networkEpochs, seats } from '../../schema/tables/index.ts';
import { NODES_PER_QUERY, ROWS_PER_STATEMENT_MAX } from '../limits.ts';
import type { NetworkEpoch, NetworkStore } from '../services/network/ports.ts';
import { batches } from './batches.ts';
import { nodeStatements, nodesFrom } from './d1-nodes.ts';
import { retried } from './retry.ts';

const INSERT_SEATS = `
INSERT OR IGNORE INTO seats (epoch, seat, operator, signer, url, stake)
SELECT ?2, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?1)
WHERE NOT EXISTS (SELECT 1 FROM network_epochs WHERE epoch = ?2)`;

/** The epoch, its seats and its changed nodes, all or nothing; what is there already stays. */
async function observe(d1: D1Database, facts: NetworkEpoch, nodes: readonly EpochNode[]): Promise<void> {
  const { epoch, policyHash, nodeCount, beacon } = facts;
  const rows = facts.seats.map(({ operator, signer, url, stake }, seat) => [seat, operator, signer, url, stake.toString()]);
  await d1.batch([
    ...nodeStatements(d1, epoch, nodes),
    d1.prepare(INSERT_SEATS).bind(JSON.stringify(rows), epoch),
    d1
      .prepare(
        'INSERT OR IGNORE INTO network_epochs (epoch, policy_hash, node_count, beacon_round, beacon_signature) VALUES (?, ?, ?, ?, ?)',
      )
      .bind(epoch, policyHash, nodeCount, beacon?.round ?? null, beacon?.signature ?? null),
  ]);
}

const SELECT_ROUNDS =
  'SELECT rounds.round, rounds.signature FROM json_each(?1) AS wanted JOIN rounds ON rounds.round = wanted.value ORDER BY rounds.round';

async function knownRounds(d1: D1Database, wanted: readonly number[]): Promise<BeaconRound[]> {
  const found: BeaconRound[] = [];
  for (const batch of batches(wanted, ROWS_PER_STATEMENT_MAX)) {
    const { results } = await d1.prepare(SELECT_ROUNDS).bind(JSON.stringify(batch)).all<BeaconRound>();
    found.push(...results.map(({ round, signature }) => ({ round, signature })));
  }
  return found;
}

async function allNodes(d1: D1Database, epoch: number, count: number): Promise<EpochNode[]> {
  const nodes: EpochNode[] = [];
  for (let from = 0; from < count; from += NODES_PER_QUERY) {
    nodes.push(...(await nodesFrom(d1, epoch, from, Math.min(count, from + NODES_PER_QUERY))));
  }
  return nodes;
}

type Part = Pick<NetworkStore, 'epoch' | 'observe' | 'setBeacon' | 'allNodes' | 'knownRounds' | 'keepRounds'>;

export function d1NetworkEpochs(d1: D1Database): Part {
  const db = drizzle(d1);
  const row = async (epoch: number) => db.select().from(networkEpochs).where(eq(networkEpochs.epoch, epoch)).get();
  return {
    epoch: async (epoch) => {
      const found = await row(epoch);
      if (found === undefined) return null;
      const active = await db.select().from(seats).where(eq(seats.epoch, epoch)).orderBy(asc(seats.seat)).all();
      const { policyHash, nodeCount, beaconRound: round, beaconSignature: signature } = found;
      return {
        ...{ epoch, policyHash, nodeCount },
        seats: active.map(({ operator, signer, url, stake }) => ({ operator, signer, url, stake: BigInt(stake) })),
        beacon: round === null || signature === null ? null : { round, signature },
      };
    },
    observe: (facts, nodes) => retried(() => observe(d1, facts, nodes)),
    setBeacon: async (epoch, { round, signature }) => {
      const update = d1.prepare('UPDATE network_epochs SET beacon_round = ?2, beacon_signature = ?3 WHERE epoch = ?1');
      await retried(() => update.bind(epoch, round, signature).run());
    },
    allNodes: async (epoch) => allNodes(d1, epoch, (await row(epoch))?.nodeCount ?? 0),
    knownRounds: (wanted) => knownRounds(d1, wanted),
    keepRounds: async (rounds) => {
      const insert = d1.prepare(
        'INSERT OR IGNORE INTO rounds (round, signature) SELECT value ->> 0, value ->> 1 FROM json_each(?1) WHERE true',
      );
      for (const batch of batches(rounds, ROWS_PER_STATEMENT_MAX)) {
        const json = JSON.stringify(batch.map(({ round, signature }) => [round, signature]));
        await retried(() => insert.bind(json).run());
      }
    },
  };
}
