// Every limit of the Worker, with its source. test/unit/worker/limits.test.ts asserts how they relate.

/** Connections of one invocation that may wait for response headers (Workers' limit): the probe semaphore's width. */
export const PROBES_IN_FLIGHT_MAX = 6;
/** Brief draws in one queue message; at 6 at a time and 15 s a probe a chunk ends within the 15 minutes of a consumer. */
export const CHUNK_DRAWS_MAX = 50;
/** Draws whose nodes are looked up at once at sealing, their operators' other nodes with them. */
export const SEAL_DRAWS_AT_ONCE = 500;
/** Longest delay that a queue accepts, seconds. */
export const QUEUE_DELAY_SECONDS_MAX = 43_200;
/** Messages in one sendBatch call (Queues' limit). */
export const QUEUE_BATCH_MAX = 100;

/** Of so many probes over one line, over a third failing at network level may be the auditor's own fault. */
export const NETWORK_FAULT_PROBES_MIN = 8;
/** The control request that tells a dead node from a cut-off auditor. */
export const CONTROL_TIMEOUT_MS = 2_000;
/** A timer that fires so much too late means that this machine, not the node, was slow. */
export const AUDITOR_LAG_MS_MAX = 1_000;

/** Time for one beacon request, and its answer's size. */
export const BEACON_TIMEOUT_MS = 2_000;
export const BEACON_BYTES_MAX = 4_096;
/** How often, and how often at most, a round that is due but not yet served is asked for again. */
export const BEACON_RETRY_MS = 250;
export const BEACON_TRIES_MAX = 4;

/** Time for one DNS-over-HTTPS answer. */
export const RESOLVE_TIMEOUT_MS = 2_000;
/** A draw whose node's name is still to be looked up needs so much of its freshness: a slow name server must not make it late. */
export const LOOK_UP_MS_MAX = RESOLVE_TIMEOUT_MS + AUDITOR_LAG_MS_MAX;
export const RESOLVE_BYTES_MAX = 65_536;
/** How long the guard's word on an address stays good: from before a timed request until what follows its answer has been sent. */
export const GUARDED_MS = 15_000;
/** Addresses whose check is kept at a time: an object lives for days and asks everybody. */
export const GUARDED_MAX = 4_096;

/** Rows in one INSERT … json_each statement: about 0.7 MB of JSON, under D1's 2 MB a value. */
export const ROWS_PER_STATEMENT_MAX = 1_000;
/** Nodes read at once: about 2 MB. */
export const NODES_PER_QUERY = 5_000;
/** Longest wait inside a consumer for a draw's time; the queue's delay has whole seconds only. */
export const WAIT_MS_MAX = 60_000;
/** Operators whose nodes are looked up in one statement. */
export const OPERATORS_PER_QUERY = 500;
/** How long a tick's other steps wait for the chain's facts. */
export const FREEZE_WAIT_MS = 1_500;
/** Epochs that one tick may seal or post, so that a backlog never starves the slot in progress. */
export const BACKLOG_PER_TICK_MAX = 3;
/** Isolate-wide caches: epochs whose seed stays in memory. */
export const CACHED_EPOCHS_MAX = 3;
/** The same for what openings are checked with, one for each shape of a job and epoch, of which two overlap: secret vectors of kind 1 … */
export const GEMM_SECRETS_MAX = 6;
/** … and caches of kind 2. */
export const VRAM_CACHES_MAX = 6;
/** The largest cache that a class of a shipped policy may ask for: 2^17 rows. */
export const VRAM_CACHE_BYTES_MAX = 8 * 2 ** 20;

/** A region's object that has no connection free so soon after a challenge was made does not send it: the node's time is short. */
export const REGION_LAG_MS_MAX = 2_000;
/** What a region may take beyond the request's own deadline: the wait for a connection, the look-up, the way, its object's start. */
export const REGION_CALL_MS_MAX = 6_000;
/** Largest request body that an object sends for us: a presence challenge has 227 bytes at most. */
export const REGION_REQUEST_BYTES_MAX = 512;
/** Largest answer that an object reads for us: a commitment without roots has 164 bytes, and what is longer is refused as oversize. */
export const REGION_ANSWER_BYTES_MAX = 4_096;
/** Longest deadline of one request from a region: the most that a policy may say. */
export const REGION_DEADLINE_MS_MAX = 60_000;
/** Longest address of a node: the registry takes 200 bytes (contracts/src/Limits.sol). */
export const REGION_URL_BYTES_MAX = 256;

/** A transaction without a receipt for so long is sent again with a higher fee. */
export const REPLACE_AFTER_MS = 60_000;
/** Fee bump of a replacement in percent; nodes refuse less than 10. */
export const REPLACE_BUMP_PERCENT = 15n;
/** Attempts kept for one intent. */
export const ATTEMPTS_MAX = 20;
/** Gas headroom over the estimate in percent. */
export const GAS_HEADROOM_PERCENT = 20n;

/** Time for a peer's manifest, chunk or transcript, 8 MiB at most. */
export const MIRROR_DEADLINE_MS = 5_000;
/** Archives that one tick works on; each ends before the next begins, but for those that wait for a peer. */
export const MIRRORS_PER_TICK_MAX = 32;
/** Archives that are fetched or replayed at once; their records are in memory together. */
export const MIRRORS_IN_FLIGHT_MAX = 4;
/** No new archive is begun in a tick after so long, and no further peer is asked for one. */
export const MIRROR_TICK_MS_MAX = 45_000;
export const MIRROR_ARCHIVE_MS_MAX = 20_000;
/** Seats besides the owner that are asked for one object. */
export const MIRROR_SOURCES_MAX = 8;
/** Epochs before the one in rounds whose archives are still wanted, if no root has settled them: they may be in the next set. */
export const MIRROR_EPOCHS_BACK_MAX = 31;
/** Epochs whose facts a tick fails to read before it asks for no more of them. */
export const MIRROR_FAILURES_MAX = 2;
/** Looks at the chain after which a report that is not there is looked for no more, once its epoch's rounds are over. */
export const MIRROR_ABSENT_TRIES_MAX = 3;
/** The gap after the first failed try; it doubles with each, up to the largest. */
export const MIRROR_RETRY_MS = 1_000;
export const MIRROR_RETRY_MS_MAX = 60_000;
/** Records of one line of an archive, in bytes: its longest form. */
export const RECORD_BYTES_MAX = 1_000;
/** Records in memory at once, over all archives in flight; about 80 MB. Above it one archive is replayed at a time. */
export const MIRROR_RECORDS_MAX = 40_000;
/** Told objections of one peer and epoch that were not confirmed; beyond it that peer is not listened to. */
export const OBJECTIONS_UNCONFIRMED_MAX = 8;
/** Transcripts that are looked into for provable faults, an archive. */
export const EVIDENCE_TRANSCRIPTS_MAX = 8;

/** Requests to peers that may wait for an answer at once. */
export const PEERS_IN_FLIGHT_MAX = 6;
/** A root that the chain does not have after so long was taken back by a reorganisation; until then an RPC may just lag. */
export const REORG_MS_MAX = 10 * 60_000;
/** Beyond twice the size of our own leaves, what a proposer's may have: its names and numbers differ a little. */
export const LEAVES_SLACK_BYTES = 65_536;
/** Time for one peer's statements or report set: with every peer of the largest set silent, a minute's slot is not used up. */
export const PEER_DEADLINE_MS = 2_500;
/** Time for one peer's leaves, up to 64 MB; and after so long in one search no further peer is asked for them. */
export const LEAVES_DEADLINE_MS = 20_000;
export const LEAVES_SEARCH_MS_MAX = 30_000;
/** Epochs whose tallies are read from the database at once: some thousand rows each in a network of a thousand nodes. */
export const TALLY_EPOCHS_A_READ = 8;
/** How far behind the current epoch the one is looked for whose rounds go on now. */
export const ROUND_LAG_EPOCHS_MAX = 8;
/** Posted roots that one tick takes in. */
export const ADOPTIONS_PER_TICK_MAX = 4;
/** Archives that one posted root makes a tick fetch. */
export const REPORTS_PER_TICK_MAX = 31;
/** Epochs of a report set that is put together from the chain because no peer has it. */
export const GUESSED_EPOCHS_MAX = 4;
/** Faults that one tick works on. */
export const FAULTS_PER_TICK_MAX = 20;
/** Intents of one key that are not settled yet; the sender looks at no more of them. */
export const INTENTS_PENDING_MAX = 64;
