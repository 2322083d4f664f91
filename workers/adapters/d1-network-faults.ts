// Provable faults in D1: what was found, whose proof is worth a transaction, which slash may be executed.
import { asc, desc, inArray } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { faults } from '../../schema/tables/index.ts';
import type { Fault, FaultProof, NetworkStore } from '../services/network/ports.ts';
import type { NewEvent } from '../services/alerts/event.ts';
import { eventStatements } from './event-statements.ts';
import { retried } from './retry.ts';

// The first proof of a fault is kept: a second one proves nothing more.
const ADD_FAULT = `
INSERT OR IGNORE INTO faults (fault_key, kind, offender, epoch, state, proof, detail, found_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;

const COLUMNS = `fault_key AS faultKey, kind, offender, epoch, state, proof, detail, found_at AS foundAt, slash_id AS slashId,
  executable_at AS executableAt`;

// A node may sign as many pairs of receipts as it likes: each proof costs whoever submits it, and takes ever less of the bond.
const TO_PROVE = `
SELECT ${COLUMNS} FROM (
  SELECT found.*, row_number() OVER (
    PARTITION BY CASE kind WHEN 'two-receipts' THEN offender ELSE fault_key END ORDER BY epoch DESC, fault_key
  ) AS place
  FROM faults AS found
  WHERE state = 'found' AND NOT (kind = 'two-receipts' AND EXISTS (
    SELECT 1 FROM faults AS tried WHERE tried.kind = 'two-receipts' AND tried.offender = found.offender
      AND (tried.state = 'submitted' OR (tried.state IN ('proven', 'executed') AND tried.epoch = found.epoch))))
) WHERE place = 1 ORDER BY kind = 'two-receipts', epoch DESC, fault_key LIMIT ?1`;

const TO_EXECUTE = `
SELECT ${COLUMNS} FROM faults WHERE state = 'proven' AND (executable_at IS NULL OR executable_at <= ?1)
ORDER BY coalesce(executable_at, 0), epoch, fault_key LIMIT ?2`;

const HOLD_RECEIPTS = `
UPDATE faults SET detail = detail || ?1
WHERE kind = 'two-receipts' AND state = 'found' AND instr(detail, ?1) = 0 AND EXISTS (
  SELECT 1 FROM faults AS tried WHERE tried.kind = 'two-receipts' AND tried.offender = faults.offender
    AND tried.epoch = faults.epoch AND tried.state IN ('submitted', 'proven', 'executed'))`;

type Row = typeof faults.$inferSelect;
// Our own JSON, written below; nobody else writes to this database.
const faultOf = ({ proof, foundAt, ...row }: Row): Fault => ({
  ...row,
  proof: JSON.parse(proof) as FaultProof,
  foundAtMs: foundAt,
});

type Part = Pick<
  NetworkStore,
  'faults' | 'faultsToProve' | 'faultsToExecute' | 'addFault' | 'setFault' | 'setSlash' | 'holdReceipts'
>;

export function d1NetworkFaults(d1: D1Database): Part {
  const db = drizzle(d1);
  const bound = (sql: string, values: readonly (string | number)[]): D1PreparedStatement => d1.prepare(sql).bind(...values);
  const run = async (sql: string, ...values: (string | number)[]): Promise<void> => {
    await retried(() => bound(sql, values).run());
  };
  /** A change, and the events that tell of it, in one batch. */
  const told = async (events: readonly NewEvent[], sql: string, ...values: (string | number)[]): Promise<void> => {
    await retried(() => d1.batch([bound(sql, values), ...eventStatements(d1, events)]));
  };
  const read = async (sql: string, ...values: number[]): Promise<Fault[]> =>
    (await bound(sql, values).all<Row>()).results.map(faultOf);
  return {
    faults: async (states, limit) => {
      const found = await db
        .select()
        .from(faults)
        .where(inArray(faults.state, [...states]))
        .orderBy(desc(faults.epoch), asc(faults.faultKey))
        .limit(limit)
        .all();
      return found.map(faultOf);
    },
    faultsToProve: (limit) => read(TO_PROVE, limit),
    faultsToExecute: (nowSeconds, limit) => read(TO_EXECUTE, nowSeconds, limit),
    addFault: ({ faultKey, kind, offender, epoch, state, proof, detail, foundAtMs }) =>
      run(ADD_FAULT, faultKey, kind, offender, epoch, state, JSON.stringify(proof), detail, foundAtMs),
    setFault: (faultKey, state, detail, events = []) =>
      told(events, 'UPDATE faults SET state = ?2, detail = ?3 WHERE fault_key = ?1', faultKey, state, detail),
    setSlash: (faultKey, { slashId, executableAt }, detail, events = []) =>
      told(
        events,
        'UPDATE faults SET slash_id = ?2, executable_at = ?3, detail = ?4 WHERE fault_key = ?1',
        ...[faultKey, slashId, executableAt, detail],
      ),
    holdReceipts: (why) => run(HOLD_RECEIPTS, why),
  };
}
