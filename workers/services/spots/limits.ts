// Every bound of audits on demand, with its reason.

/** Over all tenants: so much may be asked of one node in a minute, so that no customer can wear out a node. The runner has its own bound. */
export const SPOTS_PER_NODE_MINUTE_MAX = 4;
/** One tenant may ask for so many of them, so that it takes several to keep the others from a node. */
export const SPOTS_PER_TENANT_AND_NODE_MINUTE_MAX = 1;
export const NODE_WINDOW_MS = 60_000;
/** What nodes were asked for is known for so long; longer than the window, as clocks differ. */
export const ASKS_KEPT_MS = 5 * 60_000;
/** A record that was taken over is known for so long: older ones are refused by their time. */
export const RECORDS_KEPT_MS = 86_400_000;
/** One that waits for so long has lost its message. */
export const QUEUED_MS_MAX = 60_000;
/** One that could not be begun for so long is given up. */
export const BEGIN_MS_MAX = 10 * 60_000;
/** Three requests of at most a minute each (the most that a policy may say), a look-up and the check: what runs longer was cut off. */
export const RUN_MS_MAX = 4 * 60_000;
/** Rows that a tick looks at. */
export const SPOTS_PER_TICK_MAX = 50;
/** Ended ones are kept for thirty days. */
export const KEPT_MS = 30 * 86_400_000;

/** A refusal's body, of which the runner's reason is read. */
export const PROBLEM_BYTES_MAX = 2_048;
/** Challenge, commitment, draw and opening of the largest job: 2^16 columns are opened 1,025 times at 1.1 kB. */
export const TRANSCRIPT_BYTES_MAX = 2 * 2 ** 20;

/** How often a stream of events looks, how often it says that it is there, and when it ends in any case. */
export const WATCH_EVERY_MS = 1_000;
export const HEARTBEAT_MS = 10_000;
export const WATCH_MS_MAX = 120_000;
/** Open streams of one order, and of one tenant: each reads a row a second. */
export const STREAMS_PER_ORDER_MAX = 2;
export const STREAMS_PER_TENANT_MAX = 5;

/** A gateway's requests to one validator. */
export const UPSTREAM_DEADLINE_MS = 5_000;
export const UPSTREAM_BYTES_MAX = 65_536;
/** Between two looks at an order that was passed on, and for how long it is looked at. */
export const UPSTREAM_POLL_MS = 700;
export const UPSTREAM_WAIT_MS_MAX = 100_000;
/** Clocks of a gateway and a validator may differ so far. */
export const UPSTREAM_SKEW_MS = 10_000;
/** Validators that one order is offered to. */
export const UPSTREAMS_TRIED_MAX = 3;
