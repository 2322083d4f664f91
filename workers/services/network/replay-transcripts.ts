// The transcripts of an archive that are looked into. Half of the sample follows from a beacon round after the reveal, so it is
// everybody's: whoever has verified the archive holds these transcripts and serves them, and nobody can be shown them alone. The other
// half is drawn here in secret; what of it is wrong becomes an objection, what is not to be had stands in nobody's way.
import { randomnessOf } from '../../../protocol/beacon.ts';
import { toHex, type Hex } from '../../../protocol/bytes.ts';
import type { AuditRow } from '../../../protocol/record.ts';
import { drawName } from '../../../protocol/replay/check.ts';
import type { Replay } from '../../../protocol/replay/replay.ts';
import type { Policy } from '../../../protocol/policy.ts';
import { publicSampleCount, publicSampleSeed, sampleRound, sampleRows } from '../../../protocol/replay/sample.ts';
import { checkTranscript } from '../../../protocol/replay/transcripts.ts';
import { TRANSCRIPT_BYTES_MAX } from '../../../schema/wire/limits.ts';
import { EVIDENCE_TRANSCRIPTS_MAX } from '../../limits.ts';
import { SECRET_PREFIX } from '../secrets.ts';
import { fetchObject, missingText, objectKey, type Fetched, type Fetching } from './mirror-fetch.ts';
import type { NetworkContext } from './ports.ts';
import { pause } from './replay-archive.ts';
import { keepEvidence, undueRows } from './replay-evidence.ts';
import { Unsound, hasTranscript } from './replay-facts.ts';

export const CHECK = 'transcripts';
/** What a mark holds: that it is there is all it says, namely that this place needs no further look. */
const RIGHT = new Uint8Array([1]);
const NOBODY: Hex = `0x${'00'.repeat(20)}`;

/** The name under which a finding of ours is kept; a gateway has none. */
export const finder = ({ ports }: NetworkContext): Hex => ports.member?.operator ?? NOBODY;

/**
 * The seed of our own half, drawn once an epoch and validator: with another one at each try, who withholds a few transcripts would only
 * have to wait for a sample without them.
 */
async function sampleSeed({ ports }: NetworkContext, epoch: number, validator: Hex): Promise<Hex> {
  const key = `${SECRET_PREFIX}sample/${String(epoch)}/${validator}`;
  const before = await ports.objects.get(key);
  if (before !== null) return toHex(before);
  await ports.objects.put(key, ports.random(32), epoch);
  const kept = await ports.objects.get(key); // another tick's may have come first
  return toHex(kept ?? ports.random(32));
}

async function ownBytes({ context, epoch }: Fetching, { slot, draw }: AuditRow): Promise<Uint8Array | null> {
  const { store, objects } = context.ports;
  const place = await store.ownTranscript(epoch, slot, draw);
  const object = place === null ? null : await objects.get(place.key);
  return place === null || object === null ? null : object.subarray(place.offset, place.offset + place.length);
}

/** A record's transcript, with the hash that the record names. @param first who said to have it */
export async function fetchTranscript(fetching: Fetching, row: AuditRow, first?: Hex): Promise<Fetched> {
  const { context, owner, epoch } = fetching;
  const { slot, draw, transcriptHash } = row;
  const own = owner.operator === context.ports.member?.operator ? await ownBytes(fetching, row) : null;
  if (own !== null) return { bytes: own, source: null };
  const found = await fetchObject(fetching, {
    ...{ sha256: transcriptHash, bytesMax: TRANSCRIPT_BYTES_MAX },
    ownerPath: `/v1/audits/${[epoch, slot, draw].join('-')}/transcript`,
    ...(first === undefined ? {} : { first }),
  });
  // Right or wrong, it is what the record names: others must be able to look into it, too, if its owner hides it from them.
  if (found.bytes !== null && found.source !== null) {
    await context.ports.objects.put(objectKey(transcriptHash), found.bytes, epoch);
  }
  return found;
}

/** What is wrong with a transcript, null if nothing is; evidence in it is kept either way. */
export async function judgeTranscript(
  context: NetworkContext,
  replay: Replay,
  row: AuditRow,
  bytes: Uint8Array,
): Promise<string | null> {
  await pause(context);
  const { failure } = checkTranscript(replay, row, bytes);
  if (failure !== null || row.reason === 'equivocation') await keepEvidence(context, replay, row, bytes);
  return failure;
}

/** The seed of everybody's sample. @throws Unsound while no beacon server has its round */
async function publicSeed({ context, epoch, owner }: Fetching, { beacon, schedule }: Policy): Promise<Hex> {
  const { ports, clock } = context;
  const round = sampleRound(clock, { beacon, schedule }, epoch);
  const [known] = await ports.store.knownRounds([round]);
  const found = known ?? (await ports.beacon.round(round));
  if (found === null)
    throw new Unsound(CHECK, `the sample is drawn by beacon round ${String(round)}, which is not to be had yet`, false);
  if (known === undefined) await ports.store.keepRounds([found]);
  return publicSampleSeed(randomnessOf(found.signature), owner.operator);
}

type Chosen = { readonly row: AuditRow; readonly required: boolean };

async function chosenRows(fetching: Fetching, replay: Replay): Promise<Chosen[]> {
  const { context, epoch, owner } = fetching;
  const count = replay.policy.consensus.replayTranscripts;
  const shared = sampleRows(replay.rows, publicSampleCount(count), await publicSeed(fetching, replay.policy));
  const secret = sampleRows(replay.rows, count - publicSampleCount(count), await sampleSeed(context, epoch, owner.operator));
  return [
    ...shared.map((row) => ({ row, required: true })),
    ...secret.filter((row) => !shared.includes(row)).map((row) => ({ row, required: false })),
  ];
}

/** @throws Unsound; what fails is an objection that others are told of */
async function checkOne(fetching: Fetching, replay: Replay, { row, required }: Chosen): Promise<void> {
  const { context, epoch, owner } = fetching;
  const found = await fetchTranscript(fetching, row);
  if (found.bytes === null && !required) return;
  if (found.bytes === null) {
    throw new Unsound(CHECK, missingText(`${drawName(row)} transcript`, row.transcriptHash, found), false);
  }
  const failure = await judgeTranscript(context, replay, row, found.bytes);
  if (failure === null) return;
  const { slot, draw } = row;
  await context.ports.store.addObjection({
    ...{ epoch, validator: owner.operator, slot, draw, raisedBy: finder(context), confirmed: true, detail: failure },
  });
  throw new Unsound(CHECK, failure);
}

/**
 * Looks into the sample, as far as this try's time goes: a large job's transcript takes seconds. What was found right is marked, so
 * that the next try, or one after a kill, goes on where this one ended.
 * @throws Unsound
 */
export async function checkSample(fetching: Fetching, replay: Replay): Promise<void> {
  const { context, epoch, until } = fetching;
  const { clock, objects } = context.ports;
  const sample = await chosenRows(fetching, replay);
  for (const [done, chosen] of sample.entries()) {
    const { row } = chosen;
    const mark = `${SECRET_PREFIX}replayed/${replay.facts.report.archiveHash.slice(2)}/${String(row.slot)}-${String(row.draw)}`;
    if ((await objects.get(mark)) !== null) continue;
    if (clock.nowMs() >= until) {
      throw new Unsound(CHECK, `${String(done)} of ${String(sample.length)} transcripts were looked into so far`, false);
    }
    await checkOne(fetching, replay, chosen);
    await objects.put(mark, RIGHT, epoch);
  }
}

async function lookInto(fetching: Fetching, replay: Replay, rows: readonly AuditRow[]): Promise<void> {
  for (const row of rows.filter(hasTranscript).slice(0, EVIDENCE_TRANSCRIPTS_MAX)) {
    const found = await fetchTranscript(fetching, row);
    if (found.bytes !== null) await keepEvidence(fetching.context, replay, row, found.bytes);
  }
}

/** After the check of the draws has failed: challenges that were sent and not drawn. */
export async function seekUndrawn(fetching: Fetching, replay: Replay): Promise<void> {
  await lookInto(fetching, replay, undueRows(replay));
}

/** In our own archive: nodes that signed two commitments for one challenge. */
export async function seekEquivocation(fetching: Fetching, replay: Replay): Promise<void> {
  await lookInto(
    fetching,
    replay,
    replay.rows.filter(({ reason }) => reason === 'equivocation'),
  );
}
