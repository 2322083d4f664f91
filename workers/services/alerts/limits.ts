// Every limit of events, endpoints and deliveries, with its source. test/unit/worker/alerts/limits.test.ts asserts how they relate.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Gaps before each attempt: those that the Standard Webhooks specification recommends; ten attempts over 75.6 hours. */
export const GAPS_MS: readonly number[] = [
  ...[0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR],
  ...[5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR],
];
/** Jitter only lengthens a gap, by so much of it at most: the whole schedule never gets shorter than it says. */
export const JITTER = 0.1;
/** The longest rest that a receiver's Retry-After gets. */
export const RETRY_AFTER_MS_MAX = 6 * HOUR;
/** Nothing but failures for so long disables an endpoint. */
export const FAILING_MS_MAX = 5 * DAY;

/** Time for one attempt, from the look-up of its name to the end of its answer. */
export const ATTEMPT_MS_MAX = 10 * SECOND;
/** What is read of an answer, and thrown away. */
export const ANSWER_BYTES_MAX = 4_096;
/** Connections that may wait for response headers in one invocation (Workers' limit). */
export const LANES = 6;
/** A wave begins no attempt after so long … */
export const WAVE_MS_MAX = 30 * SECOND;
/** … and what it has claimed is due again after so long, should it break off: longer than a wave and its last attempt. */
export const LEASE_MS = 60 * SECOND;
/** Failures in one wave after which it ends, and the endpoint rests. */
export const WAVE_FAILURES_MAX = 5;
export const REST_MS = 30 * SECOND;
/** An alarm works for so long (the platform allows 15 minutes) and then sets the next one. */
export const PASS_MS_MAX = 60 * SECOND;
/** Attempts after which an event no longer holds up later ones of its node. */
export const ORDER_TRIES_MAX = 3;

/** Deliveries of one wave, and its shortest time: 20 a second for receivers of our format, what the services bear for theirs. */
export const RATES = {
  standard: { wave: 20, waveMs: 1_000 }, // nobody has to bear more of what a stranger points at him
  slack: { wave: 1, waveMs: 1_000 }, // one message a second, docs.slack.dev/apis/web-api/rate-limits
  discord: { wave: 1, waveMs: 2_000 }, // thirty a minute a webhook
  pagerduty: { wave: 2, waveMs: 1_000 }, // 120 a minute an integration key
} as const;

/** Muted deliveries that one statement looks at after their quiet, and statements of one tick. */
export const HELD_ROWS_MAX = 1_000;
export const HELD_ROUNDS_MAX = 10;

/** How long an old secret signs beside the new one. */
export const OVERLAP_MS = DAY;
/** Bytes of a secret: the specification asks for 24 to 64. */
export const SECRET_BYTES = 32;

/** Active endpoints of a Worker, all tenants together: an event for all of them is one batch of the fan-out. */
export const ENDPOINTS_ACTIVE_MAX = 1_000;
/** Pairs of event and endpoint that one batch of the fan-out looks at, each a row at most: some 50 ms of the database. */
export const FAN_OUT_ROWS_MAX = 2_000;
/** Events that it reads, and statements that it makes of them. */
export const FAN_OUT_EVENTS_MAX = 500;
export const FAN_OUT_RUNS_MAX = 40;
/** How long one call fans out: what follows an answer has 30 s (Workers' limit of waitUntil). The tick goes on with the rest. */
export const FAN_OUT_MS_MAX = 20 * SECOND;
/** An endpoint is poked so often at most while a backlog is fanned out. */
export const POKE_AGAIN_MS = 5 * SECOND;
/** Endpoints that one tick pokes: as many as can be active, so that nobody is left out; and how many at a time. */
export const POKES_MAX = ENDPOINTS_ACTIVE_MAX;
export const POKES_AT_ONCE = 50;
/** Events that one replay makes due again … */
export const REPLAY_EVENTS_MAX = 1_000;
/** … of so many that it looks at. */
export const REPLAY_SCAN_MAX = 20_000;
/** Attempts that the log shows of one delivery: the last schedule and the one before. */
export const ATTEMPTS_SHOWN_MAX = 20;
/** Age at which finished deliveries and events go; how many rows of a table one batch removes, and how many batches a tick makes. */
export const KEEP_MS = 30 * DAY;
export const PRUNE_ROWS_MAX = 2_000;
export const PRUNE_BATCHES_MAX = 20;

/** Longest texts, by what the services take: Slack's section 3,000, Discord's content 2,000, PagerDuty's summary 1,024. */
export const SLACK_CHARS_MAX = 2_900;
export const DISCORD_CHARS_MAX = 1_900;
export const PAGERDUTY_CHARS_MAX = 1_000;
/** Words on an attempt. */
export const ERROR_CHARS_MAX = 200;

/** A score that moved by so much is told even within its tier. */
export const SCORE_STEP_PPM = 50_000;
/** Events of one kind that one root makes: every node of a large network could change at once. */
export const ROOT_EVENTS_MAX = 5_000;
