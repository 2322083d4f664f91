// Every limit of the command line in one place.

/** Time for one answer of an API, headers and body together. */
export const API_TIMEOUT_MS = 60_000;
/** Tries at one object before giving up: networks fail, and a run may need thousands. */
export const API_TRIES_MAX = 3;
export const API_RETRY_DELAY_MS = 500;
/** Transcripts asked for at the same time. */
export const FETCHES_IN_FLIGHT = 6;
/** Transcripts looked at unless told otherwise: a validator with a wrong share f goes unnoticed with (1 − f)^64. */
export const SAMPLE_DEFAULT = 64;
/** Time for a transaction to be mined. */
export const RECEIPT_TIMEOUT_MS = 180_000;
/** Two drawings of a progress line. */
export const PROGRESS_INTERVAL_MS = 100;
/** A registration proof is five short hex strings. */
export const PROOF_FILE_BYTES_MAX = 4096;
/** Seed chains up to a century of hours; each epoch is one hash. */
export const SEED_LENGTH_MAX = 1_000_000;
/** A year of hours, the Worker's default. */
export const SEED_LENGTH_DEFAULT = 8760;
/** Validators named in a message. */
export const NAMES_MAX = 8;
/** A proof of a fault: the undrawn one holds a policy. */
export const FAULT_FILE_BYTES_MAX = 512 * 1024;
/** A line of a tree with its proof, as an API answers it. */
export const PROOF_ANSWER_BYTES_MAX = 64 * 1024;
/** Steps of a proof in a tree: more leaves than that nobody has. */
export const PROOF_STEPS_MAX = 64;
/** Time for one answer of a validator that serves what the API lacks, and how often one may fail before it is left alone. */
export const PEER_TIMEOUT_MS = 15_000;
export const PEER_FAILURES_MAX = 3;
/** Time for the runner to look for devices: each of two drivers may take a minute to answer. */
export const DETECT_MS_MAX = 150_000;
export const DETECT_BYTES_MAX = 256 * 1024;
/** Answers with a key: a page of a hundred rows is under 100 kB. */
export const API_ANSWER_BYTES_MAX = 1024 * 1024;
/** Pages of a tenant's keys; it has a thousand rows at most. */
export const TENANT_KEY_PAGES_MAX = 20;
/** Pages of a tenant's endpoints. */
export const ENDPOINT_PAGES_MAX = 20;
/** A delivery is an event of a few kB; how long one may take, and how many ids are remembered. */
export const DELIVERY_BYTES_MAX = 256 * 1024;
export const DELIVERY_MS_MAX = 10_000;
export const DELIVERY_IDS_MAX = 10_000;
/** Where `assay webhooks listen` listens unless told otherwise. */
export const LISTEN_PORT_DEFAULT = 8477;

/** An audit on demand is looked at so often, and for so long: three requests to the node of at most a minute, and the queue before them. */
export const SPOT_LOOK_MS = 500;
export const SPOT_WAIT_MS_MAX = 5 * 60_000;
/** As the Worker keeps them; a file has the transcript in hex and the rest in a few kB. */
export const SPOT_TRANSCRIPT_BYTES_MAX = 2 * 2 ** 20;
export const SPOT_FILE_BYTES_MAX = 2 * SPOT_TRANSCRIPT_BYTES_MAX + 65_536;
