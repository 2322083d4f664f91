// Every limit of chain/ in one place.

/** Entries in one page of nodes or validators: the contract's PAGE_MAX (contracts/src/Limits.sol). */
export const PAGE_ENTRIES_MAX = 100;
/** Nodes in one epoch: more than one Worker can audit, and still only ten thousand pages to read. */
export const NODES_MAX = 1_000_000;
/** Validators ever registered. */
export const VALIDATORS_MAX = 10_000;
/** Seats of the active set: the contract's SEATS_MAX. */
export const SEATS_MAX = 31;
/** Reports that are walked back over to find the one before an epoch that was left out. */
export const SEED_WALK_MAX = 64;
/** Slashes read at once, newest first. */
export const SLASHES_MAX = 1_000;
/** A token may call itself anything; so much of it is shown. */
export const SYMBOL_CHARS_MAX = 16;
/** Pages asked for at the same time; a Worker may wait for six connections. */
export const PAGES_IN_FLIGHT_MAX = 4;
/** One page of nodes is below 100 kB of hex; a block's receipts or logs may be larger. */
export const RESPONSE_BYTES_MAX = 2 * 1024 * 1024;
export const RPC_TIMEOUT_MS = 5_000;
/** Further tries over all RPCs together. */
export const RPC_RETRIES_MAX = 1;
export const RPC_RETRY_DELAY_MS = 200;
/** Most that is paid for one gas, in wei: 1,000 gwei. Fees are an RPC's word; without an end a false one could empty the account. */
export const FEE_PER_GAS_MAX = 1_000_000_000_000n;
/** RPCs in one client. */
export const RPC_URLS_MAX = 8;
