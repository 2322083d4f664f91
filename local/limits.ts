// Every time and count of the embedded network that is not the policy's or the registry's.

/** Slots of the embedded network, as its registry is deployed (docs/embedded.md). */
export const SLOT_SECONDS = 3;
export const SLOTS_PER_EPOCH = 10;
export const EPOCH_SECONDS = SLOT_SECONDS * SLOTS_PER_EPOCH;
/** What registers before genesis or in epoch 0 is in effect from this epoch on. */
export const FIRST_EPOCH = 2;
/** From the deployment to the start of the first audited epoch: time to register, to read the chain and to fetch the beacon. */
export const HEAD_START_SECONDS = 6;
/** After an epoch's end and settling, its report must be on chain within this, or the run has failed. */
export const POST_SECONDS_MAX = 40;
/** Time for a Worker to have read its registry, after which its API takes requests. */
export const HOSTED_READY_MS_MAX = 60_000;
export const CHAIN_ID = 31337;
/** Seats of the active set: no network has more validators. */
export const SEATS_MAX = 31;
/** Honest validators of `npm start`: the fewest whose word is not provisional. */
export const VALIDATORS_DEFAULT = 4;
/** Epochs that one seed chain lasts: a day of embedded epochs is 2,880. */
export const SEED_CHAIN_LENGTH = 4096;
export const TX_POLL_SECONDS = 1;

export const PORT_DEFAULT = 8787;
export const LOOPBACK = '127.0.0.1';

/** Time for a child to say that it listens; a loaded machine with two cores starts thirteen of them at once. */
export const READY_MS_MAX = 60_000;
/** Time for a child to end by itself after SIGTERM before it is killed. */
export const STOP_MS_MAX = 3_000;
/** How often the ledgers are looked at for the screen. */
export const POLL_MS = 1_000;
/** So many epochs in a row without a root, and the run has failed. */
export const SKIPPED_MAX = 4;
/** For expected slashes, after the last root: their delay, and a few slots to find, prove and execute them. */
export const SLASH_SECONDS_MAX = 60;
/** Rounds of the test beacon that are kept signed; the Worker asks for each a few times. */
export const BEACON_ROUNDS_KEPT = 512;
/** Lines of a child's output kept to explain its failure. */
export const OUTPUT_LINES_KEPT = 40;
