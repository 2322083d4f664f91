// The order of a replay (docs/protocol.md, section 13). Whoever replays runs these steps one after the other, stops at the first
// failure, and looks at transcripts between `archiveSteps` and `sealSteps`.
import { epochBeaconStep, roundListStep, roundSignaturesStep } from './beacons.ts';
import type { Check, Progress, Step } from './check.ts';
import { chunksStep } from './chunks.ts';
import { drawsStep } from './draws.ts';
import { archiveHashStep, manifestStep, policyStep, postedReportStep, seedStep } from './origin.ts';
import { recordsStep } from './records.ts';
import type { Replay, ReplayInput } from './replay.ts';

/** What can be checked before the manifest is even parsed: that its bytes are those which the report on chain names. */
export function originSteps(input: Pick<ReplayInput, 'facts' | 'manifestBytes'>): Step[] {
  return [postedReportStep(input.facts), archiveHashStep(input)];
}

/** What needs the manifest alone: whoever fetches chunks need not fetch them for a manifest that is wrong. */
export function manifestSteps(replay: Replay): Step[] {
  return [manifestStep(replay), seedStep(replay), policyStep(replay), epochBeaconStep(replay)];
}

/** What needs the records. */
export function recordSteps(replay: Replay): Step[] {
  return [chunksStep(replay), roundListStep(replay), roundSignaturesStep(replay), drawsStep(replay), recordsStep(replay)];
}

/** Everything about the archive but the transcripts and the roots. */
export function archiveSteps(replay: Replay): Step[] {
  return [...manifestSteps(replay), ...recordSteps(replay)];
}

export { sealSteps } from './seal.ts';

/** Runs steps until one fails; the failed check is the last. */
export function* runSteps(steps: readonly Step[], progress?: (name: string) => Progress): Generator<Check> {
  for (const step of steps) {
    const check = step.run(progress?.(step.name));
    yield check;
    if (check.failure !== null) return;
  }
}
