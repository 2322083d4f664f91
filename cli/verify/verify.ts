// A whole verification: facts from the chain, bytes from anywhere, and the replay over both. It ends at the first thing that is
// wrong. What it found is told step by step, and returned.
import type { BeaconRound } from '../../protocol/beacon.ts';
import { ZERO32, type Hex } from '../../protocol/bytes.ts';
import type { Policy } from '../../protocol/policy.ts';
import { drawName, type Check, type Progress, type Step } from '../../protocol/replay/check.ts';
import type { EpochFacts, Replay } from '../../protocol/replay/replay.ts';
import { sampleRows } from '../../protocol/replay/sample.ts';
import { archiveSteps, originSteps, runSteps, sealSteps } from '../../protocol/replay/steps.ts';
import { checkTranscript, type Basis } from '../../protocol/replay/transcripts.ts';
import type { AuditRow } from '../../protocol/record.ts';
import { FETCHES_IN_FLIGHT } from '../limits.ts';
import { Unreadable, loadReplay } from './load.ts';
import type { ArchiveSource } from './source.ts';

export type Bases = Readonly<Record<Basis, number>>;

export type Verification = {
  readonly checks: readonly Check[];
  /** The check that failed; null when the epoch verifies. */
  readonly failed: Check | null;
  readonly records: number;
  /** Records with a transcript, how many of them were looked at, and on what each of those verdicts stands. */
  readonly transcripts: { readonly total: number; readonly checked: number; readonly bases: Bases };
};

export type Watch = {
  readonly onCheck: (check: Check) => void;
  readonly onProgress: (name: string) => Progress;
};

export type VerifyInput = {
  readonly facts: EpochFacts;
  readonly source: ArchiveSource;
  /** How many transcripts at most, and the seed that chooses them. */
  readonly sample: { readonly count: number; readonly seed: Hex };
  /** Beacon rounds found valid in other replays, by `roundKey`; this one's are added. BLS is the longest of all checks. */
  readonly rounds?: Set<string>;
};

function roundKey({ beacon }: Policy, { round, signature }: BeaconRound): string {
  return `${beacon.publicKey} ${String(round)} ${signature}`;
}

type Sampled = { readonly check: Check; readonly bases: Bases };

async function checkSample(
  replay: Replay,
  rows: readonly AuditRow[],
  source: ArchiveSource,
  progress: Progress,
): Promise<Sampled> {
  const bases = { derived: 0, timed: 0, attested: 0 };
  let count = 0;
  for (let from = 0; from < rows.length; from += FETCHES_IN_FLIGHT) {
    const batch = rows.slice(from, from + FETCHES_IN_FLIGHT);
    const objects = await Promise.all(batch.map((row) => source.transcript(row)));
    for (const [i, row] of batch.entries()) {
      const bytes = objects[i] ?? null;
      count++;
      const { basis, failure } =
        bytes === null
          ? {
              basis: 'derived' as const,
              failure: `${drawName(row)}: ${source.name} does not have its transcript ${row.transcriptHash}`,
            }
          : checkTranscript(replay, row, bytes);
      if (failure !== null) return { check: { name: 'transcripts', count, failure }, bases };
      bases[basis]++;
      progress(count, rows.length);
    }
  }
  return { check: { name: 'transcripts', count, failure: null }, bases };
}

/** @throws CliError | ChainError when it could not be done */
export async function verifyEpoch(
  { facts, source, sample, rounds = new Set() }: VerifyInput,
  watch: Watch,
): Promise<Verification> {
  const checks: Check[] = [];
  let failed: Check | null = null;
  const tell = (check: Check): void => {
    checks.push(check);
    if (check.failure !== null) failed = check;
    watch.onCheck(check);
  };
  const run = (steps: readonly Step[]): boolean => {
    for (const check of runSteps(steps, watch.onProgress)) tell(check);
    return failed === null;
  };
  let transcripts: Verification['transcripts'] = { total: 0, checked: 0, bases: { derived: 0, timed: 0, attested: 0 } };
  let records = 0;
  const replayAll = async (): Promise<void> => {
    const manifestBytes = await source.manifest();
    if (!run(originSteps({ facts, manifestBytes }))) return;
    const loaded = await loadReplay(facts, source, manifestBytes, watch.onProgress('fetching chunks'));
    const { policy } = loaded;
    const replay: Replay = { ...loaded.replay, known: (beacon) => rounds.has(roundKey(policy, beacon)) };
    records = replay.rows.length;
    if (!run(archiveSteps(replay))) return;
    for (const beacon of [replay.manifest.beacon, ...replay.manifest.rounds]) rounds.add(roundKey(policy, beacon));
    const rows = sampleRows(replay.rows, sample.count, sample.seed);
    const total = replay.rows.filter((row) => row.transcriptHash !== ZERO32).length;
    const sampled = await checkSample(replay, rows, source, watch.onProgress('transcripts'));
    transcripts = { total, checked: sampled.check.count, bases: sampled.bases };
    tell(sampled.check);
    if (sampled.check.failure === null) run(sealSteps(replay));
  };
  try {
    await replayAll();
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    tell({ name: error.check, count: 1, failure: error.message });
  }
  return { checks, failed, records, transcripts };
}
