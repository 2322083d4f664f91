// Every limit of the health part, with its source.

/** Incidents on one page, and in a feed. */
export const INCIDENTS_LISTED_MAX = 100;
