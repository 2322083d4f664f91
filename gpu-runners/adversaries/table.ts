// Every dishonest runner, and the verdict that it must get. Tests and the embedded network read this table; the code of each
// behaviour is in behaviours/. A behaviour without a row, or a row without a behaviour, does not compile.
import type { Outcome, Reason } from '../../protocol/verdict.ts';

export type BehaviourRow = {
  readonly summary: string;
  readonly outcome: Outcome;
  /** The reasons it may get, the usual one first. */
  readonly reasons: readonly [Reason, ...Reason[]];
  /** How likely one audit with k openings detects it: for certain, or by the share f of garbage leaves. */
  readonly detection: 'certain' | { readonly garbageShare: number; readonly formula: '1 − (1 − f)^k' };
  /** What must be arranged around it. */
  readonly needs?: string;
};

const fail = (summary: string, ...reasons: [Reason, ...Reason[]]): BehaviourRow => ({
  summary,
  outcome: 'fail',
  reasons,
  detection: 'certain',
});
const skips = (percent: number): BehaviourRow => ({
  ...fail(`Does not compute ${String(percent)} % of the leaves and commits to made-up values in their place`, 'wrong_result'),
  detection: { garbageShare: percent / 100, formula: '1 − (1 − f)^k' },
});

export const behaviours = {
  'wrong-result': fail('One value of every leaf is off by one', 'wrong_result'),
  'skip-5': skips(5),
  'skip-10': skips(10),
  'skip-50': skips(50),
  'garbage-round-values': fail('One round is made-up values in a proper tree', 'wrong_result'),
  'garbage-round': fail('One round has a random root; the later rounds are computed properly', 'bad_opening'),
  'old-commitment': fail('Sends a signed commitment of an earlier challenge again', 'stale'),
  'wrong-key': fail('Signs with another key than the registered one', 'bad_receipt'),
  'high-s': fail('Signs with the second form of each signature, s in the upper half', 'bad_receipt'),
  'other-identity': fail('Answers in the name of another node', 'identity_mismatch'),
  'two-commitments': fail('Opens and signs a second commitment', 'equivocation'),
  'empty-openings': fail('Sends no openings', 'bad_opening'),
  'short-openings': fail('Leaves the last opening out', 'bad_opening'),
  'duplicated-openings': fail('Sends the first opening again in place of the last', 'bad_opening'),
  'out-of-range-openings': fail('Opens a leaf that does not exist', 'bad_opening'),
  'swapped-openings': fail('Sends the first two openings in the wrong order', 'bad_opening'),
  'truncated-commitment': fail('Sends half of its commitment message', 'no_commitment'),
  'garbage-commitment': fail('Sends random bytes of the right length', 'no_commitment'),
  'unrelated-commitment': fail('Signs a commitment that is not the hash of its roots', 'no_commitment'),
  silent: fail('Takes the challenge and never answers', 'timeout'),
  drip: fail('Answers with one byte a second', 'timeout'),
  'flood-huge': fail('Announces and sends a gigabyte', 'oversize'),
  'flood-endless': fail('Sends chunks without end', 'oversize'),
  'deep-json': fail('Sends ten megabytes of nested JSON', 'oversize'),
  'deep-json-small': fail('Sends nested JSON that fits into the size of a commitment', 'no_commitment'),
  'gzip-bomb': fail('Sends a few megabytes that unpack to gigabytes', 'oversize'),
  redirect: {
    ...fail('Redirects to a loopback address', 'redirect'),
    needs: '--redirect-to URL; the target must see no request',
  },
  refuses: fail('Answers each challenge with status 500', 'refused'),
  'closed-port': fail('Is registered, but nothing listens at its port', 'unreachable'),
  overclaims: {
    ...fail('Does everything right, but slower than the class it is registered for', 'below_claim'),
    needs: 'registration with a class whose floorOpsPerSecond a CPU cannot reach',
  },
} as const satisfies Record<string, BehaviourRow>;

export type BehaviourName = keyof typeof behaviours;
export const behaviourNames = Object.keys(behaviours) as BehaviourName[];
export const isBehaviour = (name: string): name is BehaviourName => Object.hasOwn(behaviours, name);
