// Epochs as the network's part knows them: seats, roots, mirrored archives, statements, objections, faults.
import { and, asc, between, desc, eq, exists, inArray, lt, lte, sql } from 'drizzle-orm';
import type { Hex } from '../../../protocol/bytes.ts';
import type { EpochRoot, ReportEntry } from '../../../protocol/consensus/types.ts';
import {
  disagreements,
  epochs,
  faults,
  mirrors,
  networkEpochs,
  objections,
  reportSets,
  roots,
  seats,
  statements,
} from '../../../schema/tables/index.ts';
import type { Mirror, PeerSeat, StoredRoot } from '../../services/network/ports.ts';
import type { NetworkEpochView, NetworkViews } from '../../services/views/network-ports.ts';
import type { Horizon } from '../../services/views/ports.ts';
import { jsonList, type Db } from './revealed.ts';

type SeatRow = typeof seats.$inferSelect;

const seatOf = ({ operator, signer, url, stake }: SeatRow): PeerSeat => ({ operator, signer, url, stake: BigInt(stake) });

function rootOf({ root, finalAt, ...row }: typeof roots.$inferSelect): StoredRoot {
  return { ...row, root: JSON.parse(root) as EpochRoot, finalAtMs: finalAt };
}

const mirrorOf = ({ updatedAt, ...row }: typeof mirrors.$inferSelect): Mirror => ({ ...row, updatedAtMs: updatedAt });

/** Digits of a fault's key that order the faults of an epoch. */
const HEAD_DIGITS = 12;
const faultHead = sql<string>`substr(${faults.faultKey}, 3, ${HEAD_DIGITS})`;
const faultColumns = {
  faultKey: faults.faultKey,
  kind: faults.kind,
  offender: faults.offender,
  epoch: faults.epoch,
  state: faults.state,
  detail: faults.detail,
};

type EpochQueries = Pick<NetworkViews, 'epochs' | 'epoch' | 'knows' | 'lastFinal' | 'seatsAt' | 'ownReport'>;
type FindingQueries = Pick<
  NetworkViews,
  | 'mirrors'
  | 'mirrorsIn'
  | 'mirrorsOf'
  | 'mirror'
  | 'statements'
  | 'objections'
  | 'disagreements'
  | 'reportSet'
  | 'faults'
  | 'fault'
>;

export function networkEpochQueries(db: Db): EpochQueries {
  /** Seats and roots of the epochs given, in two statements whatever their number. */
  const withRoots = async (rows: (typeof networkEpochs.$inferSelect)[]): Promise<NetworkEpochView[]> => {
    const wanted = jsonList(rows.map(({ epoch }) => epoch));
    if (rows.length === 0) return [];
    const [seated, rooted] = await db.batch([
      db.select().from(seats).where(inArray(seats.epoch, wanted)).orderBy(asc(seats.epoch), asc(seats.seat)),
      db.select().from(roots).where(inArray(roots.epoch, wanted)),
    ]);
    return rows.map(({ epoch, policyHash, nodeCount }) => {
      const root = rooted.find((row) => row.epoch === epoch);
      const ofEpoch = seated.filter((row) => row.epoch === epoch).map(seatOf);
      return { epoch, policyHash, nodeCount, seats: ofEpoch, root: root === undefined ? null : rootOf(root) };
    });
  };
  const visible = (horizon: Horizon) => between(networkEpochs.epoch, 0, horizon.through);
  /** Before anybody had a seat there was nothing to agree on: such an epoch is not a skipped one. */
  const hasSeats = exists(db.select({ epoch: seats.epoch }).from(seats).where(eq(seats.epoch, networkEpochs.epoch)));
  return {
    epochs: async (horizon, { before, limit }) => {
      const where = and(visible(horizon), hasSeats, before === null ? undefined : lt(networkEpochs.epoch, before));
      return withRoots(await db.select().from(networkEpochs).where(where).orderBy(desc(networkEpochs.epoch)).limit(limit));
    },
    epoch: async (horizon, epoch) => {
      const where = and(visible(horizon), hasSeats, eq(networkEpochs.epoch, epoch));
      return (await withRoots(await db.select().from(networkEpochs).where(where)))[0] ?? null;
    },
    knows: async (horizon, epoch) => {
      const where = and(visible(horizon), hasSeats, eq(networkEpochs.epoch, epoch));
      return (await db.select({ epoch: networkEpochs.epoch }).from(networkEpochs).where(where)).length > 0;
    },
    lastFinal: async (horizon) => {
      const where = and(between(roots.epoch, 0, horizon.through), eq(roots.state, 'final'));
      const [row] = await db.select().from(roots).where(where).orderBy(desc(roots.epoch)).limit(1);
      return row === undefined ? null : rootOf(row);
    },
    seatsAt: async (epoch) => {
      const known = lte(networkEpochs.epoch, epoch);
      const [row] = await db.select().from(networkEpochs).where(known).orderBy(desc(networkEpochs.epoch)).limit(1);
      if (row === undefined) return null;
      const rows = await db.select().from(seats).where(eq(seats.epoch, row.epoch)).orderBy(asc(seats.seat));
      return { epoch: row.epoch, policyHash: row.policyHash, seats: rows.map(seatOf) };
    },
    ownReport: async (horizon, epoch) => {
      const { report, signature, state } = epochs;
      const [row] = await db
        .select({ report, signature, state })
        .from(epochs)
        .where(and(eq(epochs.epoch, epoch), inArray(state, ['sealed', 'posted'])));
      if (row === undefined || row.report === null || row.signature === null) return null;
      const posted = row.state === 'posted';
      if (!posted && epoch > horizon.through) return null;
      return { report: row.report, signature: row.signature, posted };
    },
  };
}

export function findingQueries(db: Db): FindingQueries {
  return {
    mirrors: async (horizon, epoch) => {
      const where = and(eq(mirrors.epoch, epoch), lte(mirrors.epoch, horizon.through));
      return (await db.select().from(mirrors).where(where).orderBy(asc(mirrors.validator))).map(mirrorOf);
    },
    mirrorsIn: async (horizon, wanted) => {
      const where = and(inArray(mirrors.epoch, jsonList(wanted)), lte(mirrors.epoch, horizon.through));
      return (await db.select().from(mirrors).where(where).orderBy(asc(mirrors.epoch), asc(mirrors.validator))).map(mirrorOf);
    },
    mirrorsOf: async (horizon, validator, limit) => {
      // By epoch, not by validator: the key begins with the epoch, and the range is short.
      const inRange = between(mirrors.epoch, horizon.through - limit + 1, horizon.through);
      const where = and(inRange, eq(mirrors.validator, validator));
      return (await db.select().from(mirrors).where(where).orderBy(desc(mirrors.epoch))).map(mirrorOf);
    },
    mirror: async (horizon, epoch, validator) => {
      const where = and(eq(mirrors.epoch, epoch), eq(mirrors.validator, validator), lte(mirrors.epoch, horizon.through));
      const [row] = await db.select().from(mirrors).where(where);
      return row === undefined ? null : mirrorOf(row);
    },
    statements: async (horizon, epoch, limit) => {
      const where = and(eq(statements.epoch, epoch), lte(statements.epoch, horizon.through));
      // The newest rounds first: those are what a late peer needs, should there be more than fit.
      const rows = await db
        .select()
        .from(statements)
        .where(where)
        .orderBy(desc(statements.round), asc(statements.validator), asc(statements.rootHash))
        .limit(limit);
      return rows.map(({ validator, root, signature }) => ({ validator, root: JSON.parse(root) as EpochRoot, signature }));
    },
    objections: async (horizon, epoch, limit) => {
      const here = and(eq(objections.epoch, epoch), lte(objections.epoch, horizon.through), eq(objections.confirmed, true));
      const order = [asc(objections.validator), asc(objections.slot), asc(objections.draw)];
      return db
        .select()
        .from(objections)
        .where(here)
        .orderBy(...order)
        .limit(limit);
    },
    disagreements: async (horizon, epoch, limit) => {
      const where = and(eq(disagreements.epoch, epoch), lte(disagreements.epoch, horizon.through));
      return db
        .select()
        .from(disagreements)
        .where(where)
        .orderBy(asc(disagreements.round), asc(disagreements.validator))
        .limit(limit);
    },
    reportSet: async (horizon, hash) => {
      const where = and(eq(reportSets.hash, hash), between(reportSets.epoch, 0, horizon.through));
      const [row] = await db.select().from(reportSets).where(where);
      return row === undefined ? null : (JSON.parse(row.entries) as ReportEntry[]);
    },
    faults: async (horizon, { before, limit }) => {
      const head = before?.head.toString(16).padStart(HEAD_DIGITS, '0') ?? '';
      const later =
        before === null
          ? undefined
          : sql`(${faults.epoch} < ${before.epoch} or (${faults.epoch} = ${before.epoch} and ${faultHead} > ${head}))`;
      return db
        .select(faultColumns)
        .from(faults)
        .where(and(between(faults.epoch, 0, horizon.through), later))
        .orderBy(desc(faults.epoch), asc(faults.faultKey))
        .limit(limit);
    },
    fault: async (horizon, faultKey: Hex) => {
      const where = and(eq(faults.faultKey, faultKey), between(faults.epoch, 0, horizon.through));
      const [row] = await db
        .select({ ...faultColumns, proof: faults.proof })
        .from(faults)
        .where(where);
      return row ?? null;
    },
  };
}
