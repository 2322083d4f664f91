-- Audits on demand: one row an order, from the moment it is taken to its end. Apart from everything that is counted or scored.
CREATE TABLE spots (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL,
  idempotency TEXT NOT NULL,
  node_id TEXT NOT NULL,
  node_index INTEGER,
  kind INTEGER NOT NULL,
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  claimed_at INTEGER,
  ended_at INTEGER,
  steps TEXT NOT NULL,
  seed TEXT,
  proof TEXT,
  failure TEXT,
  transcript_bytes INTEGER
) WITHOUT ROWID;
CREATE UNIQUE INDEX spots_by_key ON spots (tenant, idempotency);
CREATE INDEX spots_by_tenant ON spots (tenant, created_at);
CREATE INDEX spots_by_state ON spots (state, created_at);

-- Transcripts that may lie in the bucket, written down before they are put there; those whose order is gone are deleted.
CREATE TABLE spot_objects (
  id TEXT PRIMARY KEY NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- What nodes were asked for in the last minutes, to bound it. Of no tenant: deleting one makes no room. `asker` is a hash.
CREATE TABLE spot_asks (
  id TEXT PRIMARY KEY NOT NULL,
  node_id TEXT NOT NULL,
  asker TEXT NOT NULL,
  asked_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX spot_asks_by_node ON spot_asks (node_id, asked_at);
CREATE INDEX spot_asks_by_time ON spot_asks (asked_at);

-- Records that a gateway has taken over, and for which order: none is taken over for another.
CREATE TABLE spot_records (
  record_hash TEXT PRIMARY KEY NOT NULL,
  order_id TEXT NOT NULL,
  taken_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX spot_records_by_time ON spot_records (taken_at);
