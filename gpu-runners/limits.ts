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

/** 201 fixed bytes and at most 69 bytes of parameters, rounded up. */
export const CHALLENGE_BYTES_MAX = KIB;
/** 133 fixed bytes and 1,025 positions (k ≤ 1,024, and the secretless leaf) of 6 bytes. */
export const DRAW_BYTES_MAX = 133 + 6 * 1025;

/** What all connections together may hold of requests that are not answered yet. */
export const REQUEST_BYTES_MAX = 32 * MIB;

/** Section 8: one opening per commitment, at most 60 seconds after it. */
export const OPENING_WINDOW_MS = 60_000;
/** Section 8: one epoch of tolerance either way. */
export const EPOCH_TOLERANCE = 1;
/** No class asks for more than some seconds of work; a deadline further ahead would only make us remember its nonce longer. */
export const DEADLINE_AHEAD_MS_MAX = 600_000;
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
/** Work of one job, in 10⁹ operations. */
export const JOB_GOP_DEFAULT = 4_096;
export const JOB_GOP_MAX = 1_000_000_000;
/** Docker sends SIGKILL ten seconds after SIGTERM. */
export const GRACE_SECONDS_DEFAULT = 8;
export const GRACE_SECONDS_MAX = 600;

/** Commitments that wait for their opening, besides the bound on their bytes. */
export const PROOFS_MAX = 1_024;
/** A worker that opens nothing for so long has died or hangs. */
export const OPEN_TIMEOUT_MS = 20_000;
/** Matrices B that one worker thread keeps: this epoch's, and the last one's while both are asked for. */
export const MATRICES_MAX = 2;

export const bytesOfMib = (mib: number): number => mib * MIB;
