// What `assay verify --consensus` says: what was checked, who signed, and how far the verdict reaches.
import { signedSeats } from '../verify/consensus/root-steps.ts';
import { verifyConsensus, type ConsensusTask, type ConsensusVerification } from '../verify/consensus/verify.ts';
import type { Watch } from '../verify/verify.ts';
import type { Io } from '../command.ts';

function closing(result: ConsensusVerification, isSampled: boolean): string {
  const { facts, failed, reports, transcripts } = result;
  const root = `The consensus root of epoch ${String(facts.epoch)}`;
  if (failed !== null) return `${root} does NOT verify. ${failed.name}: ${failed.failure ?? ''}`;
  const { derived, timed, attested } = transcripts.bases;
  const replays = isSampled
    ? `Each counted archive was replayed; transcripts looked into: ${String(transcripts.checked)} of ${String(transcripts.total)} (${String(derived)} derived again, ${String(timed)} derived again with the recorded time, ${String(attested)} on the auditor's word).`
    : 'No archive was replayed: --sample does that.';
  const provisional = facts.posted.provisional ? ' It is provisional: fewer than four validators had a seat.' : '';
  return (
    `${root} verifies: it follows from ${String(reports.fresh)} reports and ${String(reports.window)} of the window, and a quorum signed it.` +
    `${provisional} ${replays}`
  );
}

function document({ facts, checks, failed, reports, transcripts }: ConsensusVerification): object {
  const { posted, seats } = facts;
  const signed = new Set(signedSeats(facts));
  const { rootHash, root, provisional, transactionHash } = posted;
  return {
    ...{ rootHash, root, provisional, transactionHash },
    seats: seats.map(({ operator, stake, weight }, seat) => ({
      ...{ seat, operator, stake: String(stake), weight: String(weight), signed: signed.has(seat) },
    })),
    ...{ reports, transcripts, checks, failed },
  };
}

/** @throws CliError | ChainError when it could not be done */
export async function runConsensus(task: ConsensusTask, block: bigint, io: Io, isJson: boolean, watch: Watch): Promise<0 | 1> {
  const { chainId, registry } = task.client;
  if (!isJson) {
    io.out(`Consensus root of epoch ${String(task.epoch)}`);
    io.out(`Registry ${registry} on chain ${String(chainId)}, read at block ${String(block)}`);
    if (task.sample !== null) io.out(`Sample seed ${task.sample.seed}`);
  }
  const result = await verifyConsensus(task, watch);
  if (isJson) {
    const place = { epoch: task.epoch, chainId, registry, block: Number(block) };
    io.out(JSON.stringify({ ok: result.failed === null, ...place, ...document(result) }));
  } else {
    const { facts } = result;
    for (const seat of result.failed === null ? signedSeats(facts) : []) {
      const { operator, weight } = facts.seats[seat] ?? { operator: '', weight: 0n };
      io.out(`  signed: seat ${String(seat)} ${operator}, weight ${String(weight)}`);
    }
    const { policyHash } = facts.posted.root;
    if (policyHash !== facts.policyHash) io.out(`  it names the policy ${policyHash}, which is not that of its epoch`);
    io.out(closing(result, task.sample !== null));
  }
  return result.failed === null ? 0 : 1;
}
