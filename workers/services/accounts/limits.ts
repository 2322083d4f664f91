// Every limit of tenants, keys, sign-ins and quotas; what a request may ask for is bounded in schema/api/accounts.ts. docs/accounts.md tells
// them to callers; test/unit/accounts/limits.test.ts asserts how they relate.

/** What a tenant has unless its row says otherwise. */
export const REQUESTS_PER_MINUTE = 600;
/** An audit of a large class costs about a second of a GPU and 100 kB; a hundred a day is one each quarter of an hour. */
export const AUDITS_PER_DAY = 100;
/** A test is one request to an address of the caller's choice, a replay up to a thousand: neither may be had by the minute. */
export const TESTS_PER_HOUR = 30;
export const REPLAYS_PER_HOUR = 10;
/** Each event costs one delivery an endpoint. */
export const ENDPOINTS_MAX = 20;

/** Keys of a tenant that are neither revoked nor expired. */
export const KEYS_LIVE_MAX = 50;
/** Live keys of sign-ins; one more takes the oldest back, so that nobody can be locked out of signing in. */
export const SIGN_IN_KEYS_LIVE_MAX = 10;
/** Rows of keys of a tenant, dead ones included … */
export const KEY_ROWS_MAX = 1_000;
/** … which are kept so long after their end, for whoever asks what a key was. */
export const DEAD_KEY_DAYS = 30;
/** A key's last use is stored when the stored one is so old: a write a minute, not a write a request. */
export const LAST_USE_MS = 60_000;

/** Life of what a wallet's signature gives: long enough to make a lasting key from. */
export const SIGN_IN_KEY_SECONDS = 86_400;
/**
 * Tenants of wallets that were not there before, in an hour, over the whole Worker: wallets cost nothing, and each brings a quota of its own.
 * Wallets that have a tenant sign in as before.
 */
export const NEW_WALLETS_PER_HOUR = 120;
/** From asking for a nonce to the signed message. */
export const NONCE_SECONDS = 600;
/** Nonces at a time: one in each slot, about 4 MB. Who wants to displace one that somebody is about to sign has to ask for tens of thousands. */
export const NONCE_SLOTS = 65_536;
/** Clocks of callers may be ahead so far. */
export const CLOCK_SKEW_SECONDS = 300;

/** The operator's key is refused when it is shorter: it is compared by hash, and nothing slows guesses. */
export const ADMIN_KEY_CHARS_MIN = 32;
/** Longest credential that is looked at. */
export const CREDENTIAL_CHARS_MAX = 512;
/** A hold that is not renewed for so long is given up: whoever had it is gone without a word. */
export const HOLD_MS = 30_000;
/** Time for the object that counts; without its word reads go on and audits do not. */
export const QUOTA_DEADLINE_MS = 2_000;
