// One archive, checked part after part as an outsider would check it (docs/protocol.md, section 13). Between the parts other work gets
// its turn: a probe whose answer waits for us would look slow.
import type { Manifest } from '../../../protocol/archive.ts';
import { verifyRound } from '../../../protocol/beacon.ts';
import type { Hex } from '../../../protocol/bytes.ts';
import type { Policy } from '../../../protocol/policy.ts';
import type { Step } from '../../../protocol/replay/check.ts';
import { postedReportStep } from '../../../protocol/replay/origin.ts';
import type { Replay } from '../../../protocol/replay/replay.ts';
import { manifestSteps, originSteps, recordSteps, sealSteps } from '../../../protocol/replay/steps.ts';
import { objectKey, type Fetching } from './mirror-fetch.ts';
import type { NetworkContext } from './ports.ts';
import { Unsound, factsOf, fetchChunks, fetchManifest, replayOf, requireSize, type Subject } from './replay-facts.ts';

/** Lets everything else that is ready go on. */
export async function pause({ ports }: NetworkContext): Promise<void> {
  await ports.clock.until(ports.clock.nowMs() + 1);
}

/** @throws Unsound with the first check that fails */
async function pass(context: NetworkContext, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    const { name, failure } = step.run();
    if (failure !== null) throw new Unsound(name, failure);
    await pause(context);
  }
}

type Rounds = Map<number, Hex>;

/** Which of the manifest's rounds are stored as valid. */
async function storedRounds({ ports }: NetworkContext, { beacon, rounds }: Manifest): Promise<Rounds> {
  const found = await ports.store.knownRounds([...new Set([beacon.round, ...rounds.map(({ round }) => round)])]);
  return new Map(found.map(({ round, signature }) => [round, signature]));
}

/** Verifies what is not known yet, one pairing at a time, and keeps it. Ends at the first bad one: the replay will name it. */
async function learnRounds(context: NetworkContext, policy: Policy, { beacon, rounds }: Manifest, valid: Rounds): Promise<void> {
  const learnt = [];
  for (const item of [beacon, ...rounds]) {
    if (valid.get(item.round) === item.signature) continue;
    if (!verifyRound(policy.beacon.publicKey, item)) break;
    valid.set(item.round, item.signature);
    learnt.push(item);
    await pause(context);
  }
  if (learnt.length > 0) await context.ports.store.keepRounds(learnt);
}

export type Opened = { readonly replay: Replay; readonly source: Hex | null };

/** The whole archive, with everything checked that comes before its records. @throws Unsound */
export async function openArchive(fetching: Fetching, subject: Subject): Promise<Opened> {
  const { context } = fetching;
  const { policy, posted } = subject;
  const facts = factsOf(context, subject);
  await pass(context, [postedReportStep(facts)]);
  const { manifest, bytes: manifestBytes, source } = await fetchManifest(fetching, posted);
  await pass(context, originSteps({ facts, manifestBytes }));
  requireSize(facts, policy, manifest);
  const valid = await storedRounds(context, manifest);
  const known = ({ round, signature }: { round: number; signature: Hex }): boolean => valid.get(round) === signature;
  await pass(context, manifestSteps(replayOf(facts, policy, { manifest, manifestBytes, chunks: [] }, known)));
  const chunks = await fetchChunks(fetching, manifest);
  await learnRounds(context, policy, manifest, valid);
  return { replay: replayOf(facts, policy, { manifest, manifestBytes, chunks }, known), source };
}

/** Records, draws, summaries, roots. @throws Unsound */
export async function checkRecords(context: NetworkContext, replay: Replay): Promise<void> {
  await pass(context, [...recordSteps(replay), ...sealSteps(replay)]);
}

/** From here on we serve it, too. */
export async function keepArchive({ ports }: NetworkContext, { facts, manifest, manifestBytes, chunks }: Replay): Promise<void> {
  for (const [i, { sha256 }] of manifest.chunks.entries()) {
    const chunk = chunks[i];
    if (chunk !== undefined) await ports.objects.put(objectKey(sha256), chunk.bytes, facts.epoch);
  }
  await ports.objects.put(objectKey(facts.report.archiveHash), manifestBytes, facts.epoch);
}
