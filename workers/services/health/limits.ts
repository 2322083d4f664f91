// Every limit of the health part, with its source. test/unit/health/limits.test.ts asserts how they relate.

/** Incidents on one page, and in a feed. */
export const INCIDENTS_LISTED_MAX = 100;

/** Presence answers that a node is judged by for `degraded`: an hour of one validator's at the default policy, if it is the only one. */
export const WINDOW_ANSWERS = 12;
/** So many of them missing, each apart from the others, is degraded: with 1 % of answers lost by chance, three in twelve are 2 in 10,000. */
export const DEGRADED_FAILURES = 3;
/** Good answers in a row after which a node is well again … */
export const RECOVERED_GOOD = 3;
/** … and one that kept failing now and then: then nothing of it is left in its window. */
export const STEADY_GOOD = WINDOW_ANSWERS;
/** Events of one incident, its recovery not counted: beyond them only that is told. */
export const INCIDENT_EVENTS_MAX = 8;
/** Who saw an incident, at most: the seats there can be. */
export const INCIDENT_SEEN_MAX = 31;

/** A failure is probed again so soon after it … */
export const FIRST_RECHECK_MS = 1_000;
/** … and so long after that one failed, too: both within 30 s (a presence question takes 10 s at most in shipped policies). */
export const SECOND_RECHECK_MS = 10_000;
/** A node that answers again is asked so often until it is taken for well. */
export const CONFIRM_MS = 20_000;
/** A node that cannot be reached, or that keeps failing, is asked so often beside the schedule; as often as presence is asked of it by all. */
export const WATCH_MS = 300_000;
/** Questions in a row that came to nothing through our own fault, after which no more are asked until the next failure. */
export const VOIDS_MAX = 3;

/** A peer's word that is not repeated for so long is dropped: three slots of a minute. */
export const TOLD_MS_MAX = 180_000;
/** How far back a peer may say that a node is absent: what is older tells nobody more, and is believed of nobody. */
export const SINCE_MS_MAX = 86_400_000;
/** A gateway waits for so long for whoever said that a node is absent to say that it is well, as long as others speak. */
export const SAID_MS_MAX = 3_600_000;
/** A message that did not come so long after its time is sent again by the tick. */
export const OVERDUE_MS = 20_000;
/** Questions that one tick sends, beside those of failed audits. */
export const ASKS_PER_TICK_MAX = 100;
/** Nodes whose state one tick works on. */
export const NODES_PER_TICK_MAX = 1_000;
/** Nodes with an open incident that one read looks up: ten times what a tick works on, of 40 bytes each. */
export const OPEN_NODES_MAX = 10_000;
/** Nodes that are stored at once: each carries all who saw it (31 of 90 bytes, twice), and D1 takes 2 MB in one parameter. */
export const NODES_PER_SAVE_MAX = 200;
/** Words of peers that are stored at once: eight times SIGHTINGS_BYTES_MAX are half of that. */
export const WORDS_PER_SAVE_MAX = 8;
/** Chunks of earlier slots that one tick takes in because a consumer died before it did. */
export const MISSED_CHUNKS_MAX = 20;
/** Times a write is tried again because somebody else was faster with the same node. */
export const SAVE_TRIES_MAX = 5;
/** Slots are remembered for so many epochs. */
export const SLOT_EPOCHS_KEPT = 2;

/** Sightings in one answer to a peer, and what that may weigh. */
export const SIGHTINGS_MAX = 1_000;
export const SIGHTINGS_BYTES_MAX = 131_072;
/** Upstreams of a gateway at most: a secret holds 5 KB, and none of these says more than 300 bytes. */
export const UPSTREAMS_MAX = 16;
/** Peers that are asked at once: the slot's other work needs connections, too (six an invocation). */
export const SIGHTINGS_IN_FLIGHT_MAX = 2;
/** Time for one peer's answer. */
export const SIGHTINGS_DEADLINE_MS = 1_500;
/** A peer's signed request is good for so long to either side. */
export const SEAT_REQUEST_MS_MAX = 60_000;

/** Quiets that one tenant may have at a time. */
export const QUIETS_MAX = 200;
/** The longest mute, and how far ahead anything may be announced. */
export const MUTE_MS_MAX = 30 * 86_400_000;
/** The longest window of maintenance. */
export const MAINTENANCE_MS_MAX = 24 * 3_600_000;
/** A public window is announced so long before it begins. */
export const PUBLIC_NOTICE_MS_MIN = 3_600_000;
/** Public windows of one node in thirty days, ended ones and those of forgotten tenants too: an operator cannot announce outages away. */
export const PUBLIC_WINDOWS_MAX = 4;
/** Characters of a note. */
export const NOTE_CHARS_MAX = 200;
/** Incidents are kept for so long: beyond the 90 days that pages show. */
export const INCIDENT_MS_KEPT = 100 * 86_400_000;
/** Failed questions of the schedule that a node's row remembers, so that one that is told again is known: more than a slot asks of it. */
export const FAILURES_KNOWN = 4;

/** Peers are asked at most so often; production's slots are longer. */
export const HEAR_EVERY_SECONDS = 9;
