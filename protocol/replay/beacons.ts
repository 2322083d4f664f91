// The beacon's words: that the rounds are the ones which the clock names, and that each signature is the beacon's own (BLS).
import { BEACON_SCHEME, verifyRound } from '../beacon.ts';
import { ZERO32 } from '../bytes.ts';
import { epochBeaconRound } from '../schedule.ts';
import { eachStep, fieldFault, fieldsStep, type Step } from './check.ts';
import type { Replay } from './replay.ts';

const nothing = (): boolean => false;

/** The epoch's round is the newest one before its start, and its signature is good. */
export function epochBeaconStep({ facts, policy, manifest, known = nothing }: Replay): Step {
  const { round } = manifest.beacon;
  const key = policy.beacon.publicKey;
  return fieldsStep('epoch beacon', () => [
    ['beacon scheme', BEACON_SCHEME, policy.beacon.scheme],
    ['beacon round of the epoch', epochBeaconRound(facts.clock, policy, facts.epoch), round],
    [
      `BLS signature of round ${String(round)} is the beacon's`,
      true,
      known(manifest.beacon) || verifyRound(key, manifest.beacon),
    ],
  ]);
}

/** The freshness rounds are exactly those that sent challenges used, ascending. */
export function roundListStep({ manifest, rows }: Replay): Step {
  return eachStep(
    'freshness rounds listed',
    () => {
      const sent = rows.filter((row) => row.challengeHash !== ZERO32);
      const used = [...new Set(sent.map((row) => row.freshnessRound))].sort((a, b) => a - b);
      const length = Math.max(used.length, manifest.rounds.length);
      return Array.from({ length }, (_, i) => [used[i] ?? 'none', manifest.rounds[i]?.round ?? 'none'] as const);
    },
    ([expected, found], i) => fieldFault([[`freshness round at place ${String(i)}`, expected, found]]),
  );
}

/** BLS of every freshness round that is not known to be valid; the longest check but for transcripts. */
export function roundSignaturesStep({ policy, manifest, known = nothing }: Replay): Step {
  return eachStep(
    'freshness rounds signed',
    () => manifest.rounds,
    (beacon) =>
      known(beacon) || verifyRound(policy.beacon.publicKey, beacon)
        ? null
        : `freshness round ${String(beacon.round)}: ${beacon.signature} is not the beacon's BLS signature`,
  );
}
