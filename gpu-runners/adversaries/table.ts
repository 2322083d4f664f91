// Every dishonest runner, and the verdict that it must get. Tests and the embedded network read this table; the code of each
// behaviour is in behaviours/. A behaviour without a row, or a row without a behaviour, does not compile.
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../protocol/challenge.ts';
import type { Outcome, Reason } from '../../protocol/verdict.ts';

/** By how likely one audit of a kind in `kinds` finds it. */
export type Detection =
  | 'certain'
  /** By no audit: docs/zoo.md says why. */
  | 'never'
  /** k openings against the share f of what is made up. */
  | { readonly garbageShare: number; readonly formula: '1 − (1 − f)^k' }
  /** The share of the time in which it is down. */
  | { readonly downShare: number };

/**
 * What has to be around it before it shows. `alone`: nothing · `floor`: a floor near what an honest node on this device reaches ·
 * `cohort`: other nodes of its operator, asked together · `upstream`: an honest runner behind it · `rival`: a second validator.
 */
export type Setting = 'alone' | 'floor' | 'cohort' | 'upstream' | 'rival';

export type BehaviourRow = {
  readonly summary: string;
  readonly outcome: Outcome;
  /** The reasons it may get, the usual one first. */
  readonly reasons: readonly [Reason, ...Reason[]];
  readonly detection: Detection;
  /** Kinds of challenge that find it; to others it answers as an honest one does. */
  readonly kinds: readonly number[];
  readonly setting: Setting;
  /** What must be arranged around it. */
  readonly needs?: string;
};

const FOUND_BY_GEMM = [KIND_GEMM] as const;
const FOUND_BY_VRAM = [KIND_VRAM] as const;
const FOUND_BY_BOTH = [KIND_GEMM, KIND_VRAM] as const;

const fail = (summary: string, ...reasons: [Reason, ...Reason[]]): BehaviourRow => ({
  ...{ summary, outcome: 'fail', reasons, detection: 'certain', kinds: FOUND_BY_GEMM, setting: 'alone' },
});
const skips = (percent: number): BehaviourRow => ({
  ...fail(`Does not compute ${String(percent)} % of the leaves and commits to made-up values in their place`, 'wrong_result'),
  detection: { garbageShare: percent / 100, formula: '1 − (1 − f)^k' },
});
const keeps = (percent: number): BehaviourRow => ({
  ...fail(`Keeps ${String(percent)} % of its pages and reads made-up words in place of the others`, 'wrong_result'),
  ...{ detection: { garbageShare: 1 - percent / 100, formula: '1 − (1 − f)^k' }, kinds: FOUND_BY_VRAM },
});
const slowFill = (summary: string): BehaviourRow => ({
  ...fail(summary, 'below_claim', 'timeout'),
  ...{ kinds: FOUND_BY_VRAM, setting: 'floor', needs: 'a class whose floor an honest node on this device just reaches' },
});
const shared = (summary: string, kinds: readonly number[], ...reasons: [Reason, ...Reason[]]): BehaviourRow => ({
  ...{ ...fail(summary, ...reasons), kinds, setting: 'cohort' },
  needs:
    '--shared-device PORT (and --device-ms), the same for two identities or more of one operator; the members after the first get it',
});
const cheap = (summary: string): BehaviourRow => fail(summary, 'wrong_result');

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
    kinds: FOUND_BY_BOTH,
    needs: 'registration with a class whose floors a CPU cannot reach',
  },
  'partial-storage-95': keeps(95),
  'partial-storage-90': keeps(90),
  'partial-storage-50': keeps(50),
  regenerates: slowFill('Stores no page and computes each one when a pass reads it'),
  'regenerates-half': slowFill('Stores half of its pages and computes the others when a pass reads them'),
  'host-offload': slowFill('Keeps its pages in a file and reads them page by page in each pass, at 10 MB/s'),
  'shared-buffer': {
    ...fail('Fills its memory for another identity and answers in its own name', 'wrong_result'),
    kinds: FOUND_BY_VRAM,
  },
  'cached-answers': {
    ...fail('Answers with the values of an earlier product or pass under new trees', 'wrong_result'),
    kinds: FOUND_BY_BOTH,
  },
  int7: cheap('Multiplies in seven bits'),
  int4: cheap('Multiplies in four bits'),
  f16: cheap('Adds up in half precision'),
  'one-device': shared(
    'One device behind several identities: honest work, one job at a time',
    FOUND_BY_BOTH,
    'below_claim',
    'timeout',
  ),
  'one-memory': shared('One device with room for one fill behind several identities', FOUND_BY_VRAM, 'timeout', 'below_claim'),
  'slow-together': shared(
    'Several identities on one device, each at its share of the speed: slow under concurrency, fast alone',
    FOUND_BY_BOTH,
    ...(['below_claim', 'timeout'] as const),
  ),
  'false-busy-made-up': {
    ...fail('Is always busy with a challenge that nobody signed', 'no_commitment'),
    kinds: FOUND_BY_BOTH,
  },
  'false-busy-old': {
    ...fail('Is always busy with a challenge that is long over, or with the one that it turns away', 'no_commitment'),
    kinds: FOUND_BY_BOTH,
  },
  'busy-hog': {
    ...fail('Is always busy with a real challenge, as many as a validator in league with it signs', 'busy'),
    ...{ outcome: 'void', kinds: FOUND_BY_BOTH, setting: 'rival' },
    needs:
      '--rival-operator and --rival-key of a validator with a seat; consensus excuses busyPpm of its jobs, the rest are failures',
  },
  flapping: {
    ...fail('Hangs up on everybody for half of the time', 'unreachable'),
    ...{ detection: { downShare: 0.5 }, kinds: [KIND_GEMM, KIND_VRAM, KIND_PRESENCE] },
  },
  proxy: {
    ...fail('Forwards everything to an honest runner, which has its key', 'none'),
    ...{ outcome: 'pass', detection: 'never', kinds: FOUND_BY_BOTH, setting: 'upstream' },
    needs: '--forward-to URL of that runner, with whose identity it is registered',
  },
  'audit-detector': {
    ...fail('Is honest to validators and answers its customers with made-up values', 'none'),
    ...{ outcome: 'pass', detection: 'never', kinds: FOUND_BY_BOTH },
  },
} as const satisfies Record<string, BehaviourRow>;

export type BehaviourName = keyof typeof behaviours;
export const behaviourNames = Object.keys(behaviours) as BehaviourName[];
export const isBehaviour = (name: string): name is BehaviourName => Object.hasOwn(behaviours, name);
