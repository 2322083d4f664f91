// What peers object to: each told draw is replayed here before it counts, and a peer whose objections do not hold is not listened to
// after a few. So one finder suffices, and a liar can waste a bounded amount of work.
import { drawName } from '../../../protocol/replay/check.ts';
import type { Replay } from '../../../protocol/replay/replay.ts';
import { OBJECTIONS_MAX, PEER_JSON_BYTES_MAX } from '../../../schema/wire/limits.ts';
import { parseObjections } from '../../../schema/wire/network.ts';
import { OBJECTIONS_UNCONFIRMED_MAX } from '../../limits.ts';
import type { Fetching } from './mirror-fetch.ts';
import type { NetworkContext, NetworkEpoch, Objection } from './ports.ts';
import { hasTranscript } from './replay-facts.ts';
import { fetchTranscript, judgeTranscript } from './replay-transcripts.ts';
import { askAll, peersOf } from './statements-ask.ts';

const placeOf = ({ validator, slot, draw }: Pick<Objection, 'validator' | 'slot' | 'draw'>): string =>
  `${validator}/${String(slot)}/${String(draw)}`;

/** Takes in what peers say, unconfirmed. */
export async function gatherObjections(context: NetworkContext, known: NetworkEpoch): Promise<void> {
  const { store } = context.ports;
  const { epoch } = known;
  const answers = await askAll(
    context,
    peersOf(context, known.seats),
    `/v1/consensus/${String(epoch)}/objections`,
    PEER_JSON_BYTES_MAX,
  );
  const stored = await store.objections(epoch);
  const places = new Set(stored.map(placeOf));
  const operators = new Set(known.seats.map(({ operator }) => operator));
  for (const { from, bytes } of answers) {
    let left =
      OBJECTIONS_UNCONFIRMED_MAX - stored.filter(({ raisedBy, confirmed }) => raisedBy === from && confirmed !== true).length;
    for (const told of (parseObjections(bytes) ?? []).slice(0, OBJECTIONS_MAX)) {
      if (left <= 0) break;
      if (places.has(placeOf(told)) || !operators.has(told.validator)) continue;
      places.add(placeOf(told));
      left--;
      await store.addObjection({ epoch, ...told, raisedBy: from, confirmed: null, detail: null });
    }
  }
}

/** Null while the transcript is not to be had. */
async function judge(
  fetching: Fetching,
  replay: Replay,
  told: Objection,
): Promise<{ confirmed: boolean; detail: string } | null> {
  const row = replay.rows.find(({ slot, draw }) => slot === told.slot && draw === told.draw);
  if (row === undefined || !hasTranscript(row)) {
    return { confirmed: false, detail: `${drawName(told)}: the archive has no transcript for it` };
  }
  const found = await fetchTranscript(fetching, row, told.raisedBy);
  if (found.bytes === null) return null;
  const failure = await judgeTranscript(fetching.context, replay, row, found.bytes);
  return { confirmed: failure !== null, detail: failure ?? `${drawName(told)}: its transcript stands` };
}

/** Replays the objections to one archive that are still open. @returns why the archive does not stand, null if it does so far */
export async function judgeObjections(fetching: Fetching, replay: Replay): Promise<string | null> {
  const { context, epoch, owner } = fetching;
  const { store } = context.ports;
  for (const told of (await store.objections(epoch)).filter(({ validator }) => validator === owner.operator)) {
    if (told.confirmed === true) return told.detail ?? `${drawName(told)}: its transcript does not stand`;
    if (told.confirmed === false) continue;
    const judged = await judge(fetching, replay, told);
    if (judged === null) continue;
    await store.addObjection({ ...told, ...judged });
    if (judged.confirmed) return judged.detail;
  }
  return null;
}
