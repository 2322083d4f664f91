// What one Worker knows of the whole network, read from its own database: whose archives it has checked, who signed what, which
// roots it holds for final. Only local tools may look here; the public API shows the same after the reveal.
import type { Hex } from '../protocol/bytes.ts';
import type { EpochRoot, NodeScore } from '../protocol/consensus/types.ts';
import type { Database } from './edge.ts';

export type MirrorRow = {
  readonly epoch: number;
  readonly validator: Hex;
  readonly state: 'waiting' | 'verified' | 'failed' | 'absent';
  readonly check: string | null;
  readonly detail: string | null;
};
/** Whether an archive does not count where an epoch has its root: it is wrong, or what it lacks is still waited for. */
export const isRefused = ({ state, check }: MirrorRow): boolean => state === 'failed' || (state === 'waiting' && check !== null);

export type SignedRow = { readonly epoch: number; readonly round: number; readonly validator: Hex; readonly rootHash: Hex };
export type RootRow = {
  readonly epoch: number;
  readonly rootHash: Hex;
  readonly round: number;
  readonly state: 'final' | 'disputed';
  readonly note: string | null;
  readonly finalAtMs: number;
};
export type FaultRow = {
  readonly faultKey: Hex;
  readonly kind: string;
  readonly offender: Hex;
  readonly epoch: number;
  readonly state: string;
  readonly detail: string;
};
export type Standing = {
  readonly mirrors: readonly MirrorRow[];
  readonly signed: readonly SignedRow[];
  readonly roots: readonly RootRow[];
  readonly faults: readonly FaultRow[];
};

const MIRRORS = 'SELECT epoch, validator, state, failed_check AS "check", detail FROM mirrors WHERE epoch >= ?';
const SIGNED = 'SELECT epoch, round, validator, root_hash AS rootHash FROM statements WHERE epoch >= ?';
const ROOTS = `SELECT epoch, root_hash AS rootHash, root, state, note, final_at AS finalAtMs FROM roots WHERE epoch >= ? ORDER BY epoch`;
const FAULTS = 'SELECT fault_key AS faultKey, kind, offender, epoch, state, detail FROM faults WHERE epoch >= ?';

/** @param from rows of earlier epochs are left out */
export async function readStanding(database: Database, from: number): Promise<Standing> {
  const statements = [MIRRORS, SIGNED, ROOTS, FAULTS].map((sql) => database.prepare(sql).bind(from));
  const [mirrors, signed, roots, faults] = await database.batch(statements);
  const rootRows = (roots?.results ?? []) as unknown as (Omit<RootRow, 'round'> & { root: string })[];
  return {
    mirrors: (mirrors?.results ?? []) as unknown as MirrorRow[],
    signed: (signed?.results ?? []) as unknown as SignedRow[],
    roots: rootRows.map(({ root, ...row }) => ({ ...row, round: (JSON.parse(root) as EpochRoot).round })),
    faults: (faults?.results ?? []) as unknown as FaultRow[],
  };
}

export type ValidatorLine = {
  readonly validator: Hex;
  readonly weightPpm: number;
  readonly accuracyPpm: number;
  readonly agreementPpm: number;
  readonly coveragePpm: number;
  /** Of this root alone, in the token's smallest unit. */
  readonly reward: bigint;
};
/** The lines under an adopted root, as far as the summary needs them. */
export type Lines = {
  readonly scores: readonly Pick<
    NodeScore,
    'nodeIndex' | 'scorePpm' | 'ratePpm' | 'correctPpm' | 'samples' | 'effectiveSamples' | 'tier'
  >[];
  readonly validators: readonly ValidatorLine[];
  readonly rewards: readonly { readonly account: Hex; readonly cumulative: bigint }[];
  readonly penalties: readonly { readonly nodeId: Hex; readonly cumulative: bigint }[];
};

const SCORES = `SELECT node_index AS nodeIndex, score_ppm AS scorePpm, rate_ppm AS ratePpm, correct_ppm AS correctPpm, samples,
  effective_samples AS effectiveSamples, tier FROM scores WHERE epoch = ? ORDER BY node_index`;
const VALIDATORS = `SELECT validator, weight_ppm AS weightPpm, accuracy_ppm AS accuracyPpm, agreement_ppm AS agreementPpm,
  coverage_ppm AS coveragePpm, reward FROM validator_scores WHERE epoch = ? ORDER BY seat`;
const REWARDS = 'SELECT account, cumulative FROM rewards WHERE epoch = ? ORDER BY account';
const PENALTIES = 'SELECT node_id AS nodeId, cumulative FROM penalties WHERE epoch = ? ORDER BY owner, node_id';

/** Empty lists where the Worker has adopted no root for the epoch. */
export async function readLines(database: Database, epoch: number): Promise<Lines> {
  const statements = [SCORES, VALIDATORS, REWARDS, PENALTIES].map((sql) => database.prepare(sql).bind(epoch));
  const [scores, validators, rewards, penalties] = await database.batch(statements);
  type Told<T> = { [K in keyof T]: T[K] extends bigint ? string : T[K] };
  const rows = <T>(result: { results?: unknown } | undefined): T[] => (result?.results ?? []) as T[];
  return {
    scores: rows<Lines['scores'][number]>(scores),
    validators: rows<Told<ValidatorLine>>(validators).map((row) => ({ ...row, reward: BigInt(row.reward) })),
    rewards: rows<Told<Lines['rewards'][number]>>(rewards).map((row) => ({ ...row, cumulative: BigInt(row.cumulative) })),
    penalties: rows<Told<Lines['penalties'][number]>>(penalties).map((row) => ({ ...row, cumulative: BigInt(row.cumulative) })),
  };
}
