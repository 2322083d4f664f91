// The network's half of D1 behind one port. Many rows travel as one JSON parameter, what belongs together is one atomic batch, and
// every write is idempotent by its key.
import { asc, inArray } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { faults } from '../../schema/tables/index.ts';
import type { Fault, FaultProof, NetworkStore } from '../services/network/ports.ts';
import { d1NetworkEpochs } from './d1-network-epochs.ts';
import { d1NetworkMirrors } from './d1-network-mirrors.ts';
import { d1NetworkRoots } from './d1-network-roots.ts';
import { retried } from './retry.ts';

// The first proof of a fault is kept: a second one proves nothing more.
const ADD_FAULT = `
INSERT OR IGNORE INTO faults (fault_key, kind, offender, epoch, state, proof, detail) VALUES (?, ?, ?, ?, ?, ?, ?)`;

function d1Faults(d1: D1Database): Pick<NetworkStore, 'faults' | 'addFault' | 'setFault'> {
  const db = drizzle(d1);
  const run = (sql: string, ...values: (string | number)[]): Promise<D1Result> =>
    retried(() =>
      d1
        .prepare(sql)
        .bind(...values)
        .run(),
    );
  return {
    faults: async (states, limit) => {
      const found = await db
        .select()
        .from(faults)
        .where(inArray(faults.state, [...states]))
        .orderBy(asc(faults.epoch), asc(faults.faultKey))
        .limit(limit)
        .all();
      // Our own JSON, written below; nobody else writes to this database.
      return found.map((row): Fault => ({ ...row, proof: JSON.parse(row.proof) as FaultProof }));
    },
    addFault: async ({ faultKey, kind, offender, epoch, state, proof, detail }) => {
      await run(ADD_FAULT, faultKey, kind, offender, epoch, state, JSON.stringify(proof), detail);
    },
    setFault: async (faultKey, state, detail) => {
      await run('UPDATE faults SET state = ?2, detail = ?3 WHERE fault_key = ?1', faultKey, state, detail);
    },
  };
}

export function d1Network(d1: D1Database): NetworkStore {
  return { ...d1NetworkEpochs(d1), ...d1NetworkMirrors(d1), ...d1NetworkRoots(d1), ...d1Faults(d1) };
}
