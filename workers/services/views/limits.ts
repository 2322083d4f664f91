// Every limit of the public reads. Each query touches at most: limit × window rows of one index.

/** Epochs that sums and failure counts cover: 30 days of hourly epochs. */
export const WINDOW_EPOCHS_MAX = 720;
/** Epochs of a node's history on its page and in its detail: two days of hourly epochs. */
export const HISTORY_EPOCHS_MAX = 48;
/** Node indices that one filtered page looks through; the page's cursor goes on from there. */
export const NODE_SCAN_MAX = 5_000;
/** Audits of one node that one filtered page looks through. */
export const AUDIT_SCAN_MAX = 2_000;
/** Steps in trouble that /health names; there are fewer steps than this. */
export const TROUBLES_SHOWN_MAX = 20;
/** Failure reasons shown with a node in a list. */
export const FAILURES_SHOWN_MAX = 3;
/** Nodes at the top of a sealed tree that one read brings for a proof: ten whole levels, 32 kB. Each deeper node is a read of its own. */
export const TREE_TOP_NODES = 1_023;
/** Lines under one root that a request puts together from the tables, for leaves or for a proof. */
export const LEAVES_BUILT_MAX = 20_000;
/** Rows that an export reads at a time: about 400 kB of lines, and a hundred reads for 100,000 nodes. */
export const EXPORT_ROWS = 1_000;
/** Disagreements shown of one epoch: seats, times the rounds of an epoch. */
export const DISAGREEMENTS_MAX = 31 * 16;
/** Newest epochs in which a root is looked for, to say whose archive was left out of it. */
export const ARCHIVE_EPOCHS_LOOKED = 4;
/** Faults shown on the network's page. */
export const FAULTS_SHOWN_MAX = 10;
