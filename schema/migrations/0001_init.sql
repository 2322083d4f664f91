-- The validator's ledger. WITHOUT ROWID with a composite key writes one row where a text key and an index write three.
CREATE TABLE epochs (
  epoch INTEGER PRIMARY KEY,
  state TEXT NOT NULL,
  node_count INTEGER NOT NULL,
  validator_count INTEGER NOT NULL,
  beacon_round INTEGER NOT NULL,
  beacon_signature TEXT,
  base_epoch INTEGER NOT NULL,
  base_seed TEXT NOT NULL,
  scheduled_slots INTEGER NOT NULL DEFAULT 0,
  due INTEGER,
  done INTEGER,
  pass INTEGER,
  fail INTEGER,
  void INTEGER,
  audit_root TEXT,
  summary_root TEXT,
  archive_hash TEXT,
  sealed_at INTEGER,
  report TEXT,
  report_hash TEXT,
  signature TEXT,
  transaction_hash TEXT,
  block_number INTEGER,
  posted_at INTEGER,
  note TEXT
);

CREATE TABLE node_versions (
  node_index INTEGER NOT NULL,
  from_epoch INTEGER NOT NULL,
  node_id TEXT NOT NULL,
  operator TEXT NOT NULL,
  key_x TEXT NOT NULL,
  key_y TEXT NOT NULL,
  url TEXT NOT NULL,
  gpu_class TEXT,
  vram_mib INTEGER NOT NULL,
  retired INTEGER NOT NULL,
  PRIMARY KEY (node_index, from_epoch)
) WITHOUT ROWID;
CREATE INDEX node_versions_by_id ON node_versions (node_id);

CREATE TABLE chunks (
  epoch INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  chunk INTEGER NOT NULL,
  issued_at INTEGER NOT NULL,
  finished_at INTEGER,
  transcripts TEXT,
  PRIMARY KEY (epoch, slot, chunk)
) WITHOUT ROWID;

CREATE TABLE audits (
  epoch INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  draw INTEGER NOT NULL,
  node_index INTEGER NOT NULL,
  node_id TEXT NOT NULL,
  kind INTEGER NOT NULL,
  challenge_hash TEXT NOT NULL,
  commitment TEXT NOT NULL,
  opening_hash TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  elapsed_ms INTEGER NOT NULL,
  measure INTEGER NOT NULL,
  freshness_round INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  transcript_hash TEXT NOT NULL,
  chunk INTEGER,
  transcript_offset INTEGER,
  transcript_length INTEGER,
  tree_place INTEGER,
  PRIMARY KEY (epoch, slot, draw)
) WITHOUT ROWID;
CREATE INDEX audits_by_node ON audits (node_index, epoch);

CREATE TABLE rounds (
  round INTEGER PRIMARY KEY,
  signature TEXT NOT NULL
);

CREATE TABLE summaries (
  epoch INTEGER NOT NULL,
  node_index INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  pass INTEGER NOT NULL,
  fail INTEGER NOT NULL,
  void INTEGER NOT NULL,
  median_measure INTEGER NOT NULL,
  median_elapsed_ms INTEGER NOT NULL,
  PRIMARY KEY (epoch, node_index, kind)
) WITHOUT ROWID;
CREATE INDEX summaries_by_node ON summaries (node_index, epoch);

CREATE TABLE deployment (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  chain_id INTEGER NOT NULL,
  registry TEXT NOT NULL,
  genesis INTEGER NOT NULL,
  slot_seconds INTEGER NOT NULL,
  slots_per_epoch INTEGER NOT NULL,
  policy_hash TEXT NOT NULL
);

CREATE TABLE troubles (
  step TEXT PRIMARY KEY,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  since INTEGER NOT NULL,
  last INTEGER NOT NULL
) WITHOUT ROWID;
