// Every bound of the runner, in one place. Whoever talks to it is a stranger until a signature has been checked, so each size,
// time and count has a limit. Sizes come from docs/protocol.md, section 8; the others are chosen, with the reason beside them.

const KIB = 1024;
const MIB = 1024 * KIB;

/** How much one HTTP peer may send, how slowly, and how many of them there may be. */
export const HTTP = {
  headerBytesMax: 8 * KIB,
  headersMax: 40,
  /** Time for all headers, and for headers and body together. A challenge is under 300 bytes: one round trip is enough. */
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  /** How often Node looks for connections that are over the two times above. */
  checkIntervalMs: 1_000,
  keepAliveMs: 5_000,
  /** A socket on which nothing moves for so long is cut off: one that does not read its answer, say. Longer than one request may take. */
  socketIdleMs: 15_000,
  /** The same for the socket of an accepted challenge, whose job moves nothing. Longer than the furthest deadline. */
  jobIdleMs: 630_000,
  /**
   * With the times above, a stranger needs two hundred new connections a second to take them all. Headers and bodies of all of them
   * together stay below REQUEST_BYTES_MAX.
   */
  connectionsMax: 2_048,
  requestsPerSocketMax: 256,
} as const;

export type HttpLimits = { readonly [name in keyof typeof HTTP]: number };

/** 216 fixed bytes and at most 69 bytes of parameters, rounded up. */
export const CHALLENGE_BYTES_MAX = KIB;
/** 133 fixed bytes and 1,025 positions (k ≤ 1,024, and the secretless leaf) of 6 bytes. */
export const DRAW_BYTES_MAX = 133 + 6 * 1025;

/** 34 bytes of challenge hash, 32 of start, 65 of signature; rounded up. */
export const START_BYTES_MAX = 256;

/** What all connections together may hold of requests that are not answered yet. */
export const REQUEST_BYTES_MAX = 32 * MIB;

/** Section 8: one opening per commitment, at most 60 seconds after it. */
export const OPENING_WINDOW_MS = 60_000;
/** Section 8: one epoch of tolerance either way. */
export const EPOCH_TOLERANCE = 1;
/** No class asks for more than some seconds of work; a deadline further ahead would only make us remember its nonce longer. */
export const DEADLINE_AHEAD_MS_MAX = 600_000;
/**
 * The same for a timed job, since its challenge is what we show to a rival's validator, and that one accepts no deadline further
 * ahead than 120 seconds (docs/protocol.md, section 21). Twenty seconds are for clocks that differ; no policy's deadline is over sixty.
 */
export const TIMED_AHEAD_MS_MAX = 100_000;
/** How far a validator's clock and ours may lie apart without harm to an honest node. */
export const CLOCK_DIFFERENCE_MS = 10_000;
/**
 * A start may come so long after the challenge's deadline: a cohort with a silent member starts all others at that very deadline, by
 * the validator's clock; five seconds are for the way.
 */
export const START_GRACE_MS = CLOCK_DIFFERENCE_MS + 5_000;

/**
 * How long after its challenge's deadline a job may still keep others out: for a start that comes as late as it may, the pass and its
 * opening. A rival is an excuse until a minute after its deadline (docs/protocol.md, section 21), less what clocks may differ by.
 */
export const LOCK_OVERTIME_MS = 60_000 - CLOCK_DIFFERENCE_MS;
/** How long an operator may let a challenge wait for the lock before it is answered with busy; that answer has a second. */
export const BUSY_WAIT_MS_MAX = 900;
/** Challenges that wait for the lock at a time; beyond them busy is said at once. */
export const LOCK_WAITERS_MAX = 64;
/**
 * A validator that others had to stand back for may hold the lock for a sixteenth of the time in the long run, and for so much more at
 * a stretch: the budget that it holds shrinks by the time it has the lock and grows by a sixteenth of all time. Its last job may overdraw
 * it. The default policy takes less than a hundredth of a device's time for all validators together.
 */
export const LOCK_SHARE = 1 / 16;
export const LOCK_BUDGET_MS = 120_000;

/** Questions of presence that one validator may ask: so many at once, and one more each second. Policies ask a few an hour. */
export const PRESENCE_BURST_MAX = 30;
export const PRESENCE_EVERY_MS = 1_000;

/**
 * Audits on demand that compute: so many at once for one validator, and one more in each interval. One at a time runs, and is given up
 * for any scheduled job, so that this bounds what the device is used for and no more.
 */
export const SPOT_BURST_MAX = 4;
export const SPOT_EVERY_MS = 15_000;
/**
 * All of them together, whoever asks: a sixteenth of the time in the long run, as one validator's share of the lock, and a minute at a
 * stretch. A job of a large class takes about a second, so that this is some sixty at once and then about four a minute.
 */
export const SPOT_SHARE = 1 / 16;
export const SPOT_BUDGET_MS = 60_000;
/** Challenges that were given up and whose opening is told so instead of being unknown. */
export const PREEMPTED_MAX = 64;

/** Nonces remembered at a time. At a hundred a minute, far above any policy, ten minutes of deadlines are a thousand. */
export const NONCES_MAX = 16_384;
/** Lines after which the nonce file is written anew without those that have run out. */
export const NONCE_LINES_MAX = 4 * NONCES_MAX;

/** A key file is under 300 bytes; anything much longer is not one. */
export const KEY_FILE_BYTES_MAX = 4 * KIB;

/** Validators of an epoch can't change any more once the epoch before it has begun, so one reading serves the whole epoch. */
export const REGISTRY_TTL_MS = 3_600_000;
export const REGISTRY_TIMEOUT_MS = 4_000;
/** After a failed reading the next one waits so long, however many challenges come in. */
export const REGISTRY_RETRY_MS = 1_000;
/** Epochs whose validators are kept: those within the tolerance, and one that is just running out. */
export const REGISTRY_EPOCHS_MAX = 4;
/** How often the current and the next epoch are looked for ahead of any challenge. */
export const REGISTRY_WARM_MS = 5_000;

/**
 * Of places, memory for results and remembered nonces, how much one validator may hold while others are admitted too, rounded up.
 * Half: the largest part that always leaves one for somebody else.
 */
export const OPERATOR_SHARE = 1 / 2;
/** Operators in an allow-list; a registry has at most ten thousand, a choice of them is shorter. */
export const VALIDATORS_LISTED_MAX = 1_000;

/** What an operator may choose (config.ts): defaults and the most. */
export const PORT_DEFAULT = 8420;
export const CONCURRENCY_DEFAULT = 1;
export const CONCURRENCY_MAX = 64;
export const QUEUE_DEFAULT = 4;
export const QUEUE_MAX = 256;
/** Working set of one job: both matrices. The GPU profile's packed B (K = 16,384, N = 4,096) takes 128 MiB. */
export const JOB_MIB_DEFAULT = 512;
export const JOB_MIB_MAX = 64 * 1024;
/** Results kept until they are opened, all jobs together. */
export const PROOF_MIB_DEFAULT = 256;
export const PROOF_MIB_MAX = 64 * 1024;
/** Work of one job, in 10⁹ operations: a minute of a large processor, and a minute of a device ten times as fast as any today. */
export const JOB_GOP_DEFAULT = 4_096;
export const DEVICE_JOB_GOP_DEFAULT = 1_000_000_000;
export const JOB_GOP_MAX = 1_000_000_000;
/** Docker sends SIGKILL ten seconds after SIGTERM. */
export const GRACE_SECONDS_DEFAULT = 8;
export const GRACE_SECONDS_MAX = 600;

/** Memory filled for challenges, all together. On a GPU the default is what its device has. */
export const FILL_MIB_DEFAULT = 512;
export const FILL_MIB_MAX = 2 ** 20;
/** Fills that are held at a time, and challenges that wait for room, besides the bound on their bytes. */
export const FILLS_MAX = 64;
/** Commitments that wait for their opening, besides the bound on their bytes. */
export const PROOFS_MAX = 1_024;
/** A worker that opens nothing for so long hangs, and is ended. */
export const OPEN_TIMEOUT_MS = 20_000;
/** So is one with a job that takes so long: no policy's deadline is longer than a minute. */
export const JOB_TIMEOUT_MS = 120_000;
/** A driver may compile its kernels at the first start. */
export const DEVICE_OPEN_TIMEOUT_MS = 60_000;
/** Pauses before a device's host is started again, after the first time: doubling from one to the other. */
export const RESTART_MS_MIN = 1_000;
export const RESTART_MS_MAX = 60_000;
/** What a device process said last, for the log. */
export const DEVICE_OUTPUT_CHARACTERS_MAX = 2_000;
/** Matrices B that one worker thread keeps: this epoch's, and the last one's while both are asked for. */
export const MATRICES_MAX = 2;
/** The same for the caches that memory is filled from: 64 MiB each at most. */
export const CACHES_MAX = 2;

export const bytesOfMib = (mib: number): number => mib * MIB;
