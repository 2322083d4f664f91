// Every limit and threshold of the profiles. What a grade asks for is part of the methodology: a change of it is a new version.
// docs/profiles.md says why each is what it is.

/** Shown on every page that shows a grade. The first number rises when the same data may give another grade. */
export const METHODOLOGY_VERSION = '2.0';

/** Bars of a profile, points of a history. */
export const BARS_MAX = 90;
export const POINTS_MAX = 120;
export const DAY_SECONDS = 86_400;
/** Epochs of which `node_epochs` are kept: 93 days of hourly ones, so that a range of 90 days is whole. */
export const EPOCHS_KEPT = 2_232;
/** Jobs are counted over so many epochs for correctness: 30 days of hourly ones, some 540 jobs under the policy `network`. */
export const JOB_EPOCHS = 720;
/** Of the past, jobs are kept as sums over so many epochs each; the newest ones are read one by one. */
export const SPAN_EPOCHS = 12;
/** Epochs of which single audits are kept: seven days of hourly ones. */
export const RECENT_EPOCHS_KEPT = 168;
/** Epochs of which reports' lines wait for a root that counts them; a root that is later finds tallies only. */
export const LINES_EPOCHS_KEPT = 48;
/** Epochs beyond the kept ones that one root's clearing looks at: roots that failed to come for a day leave nothing behind. */
export const CLEARED_EPOCHS = 24;
/** Audits shown of one node and epoch: of one report, and of all together. Failures first, then the newest. */
export const AUDITS_PER_REPORT = 6;
export const AUDITS_PER_EPOCH = 16;
/** Audits that a profile shows. */
export const RECENT_SHOWN_MAX = 50;
/** Nodes in one row of a report's lines: about 300 kB, far below D1's 2 MB a value. */
export const NODES_PER_PART = 500;
/** Where a node is near is worked out anew once in so many epochs, from so many epochs. */
export const PLACE_EVERY_EPOCHS = 24;
export const PLACE_WINDOW_EPOCHS = 168;
/** Epochs that a profile's regions cover: a week of hourly ones, as the place and the policy's window do. */
export const REGION_EPOCHS_MAX = 168;

/** Nodes of which /metrics speaks; those ranked lower have a route of their own each. */
export const METRICS_NODES_MAX = 1_000;
/** An operator's nodes on its page. */
export const OPERATOR_NODES_MAX = 500;

/** Upper ends of the latency buckets in milliseconds; the last bucket has none. */
export const LATENCY_BOUNDS_MS = [5, 10, 15, 20, 30, 40, 60, 80, 120, 160, 240, 320, 480, 640, 1_000] as const;
/** What the last bucket is said to be: the policies' deadline of a presence. */
export const LATENCY_OVER_MS = 5_000;

/** Two-sided 95 %. */
export const Z = 1.959963984540054;
export const PPM = 1_000_000;

/** A share of 90 % or less draws an empty slice, 100 % a full one. */
export const SHARE_EMPTY_PPM = 900_000;
/** The slice of performance is full at one and a half times the class's floor, which is 65 % of what the data sheet promises. */
export const PERFORMANCE_FULL = 1.5;
/** The slice of latency is full at the first, empty at the second; between them by the logarithm. */
export const LATENCY_FULL_MS = 30;
export const LATENCY_EMPTY_MS = 1_000;
/** The slice of evidence is full at so many effective samples by so many validators. */
export const EVIDENCE_FULL = 1_000;
export const EVIDENCE_VALIDATORS = 4;

/** Grades above `poor`, and the least that each asks for. Shares are lower ends of intervals, in millionths. */
export const GRADE_ASKS = [
  { grade: 'excellent', correct: 985_000, passed: 980_000, uptime: 990_000, latencyMs: 300, tier: 1, validators: 3 },
  { grade: 'reliable', correct: 960_000, passed: 900_000, uptime: 950_000, latencyMs: 800, tier: 2, validators: 2 },
  { grade: 'fair', correct: 900_000, passed: 750_000, uptime: 850_000, latencyMs: 5_000, tier: 3, validators: 1 },
] as const;
/** A node whose upper end of correct answers is below this gives wrong results, whatever else it does well. */
export const WRONG_BELOW_PPM = 990_000;
/** Nodes that one question of a scheduler looks through, best first. */
export const BEST_SCAN_MAX = 5_000;
/** Revealed epochs whose chunks /metrics counts: a day of hourly ones. */
export const OWN_WORK_EPOCHS = 24;
/** How long a badge may be kept; shields.io asks for 300 at least. */
export const BADGE_SECONDS = 300;
