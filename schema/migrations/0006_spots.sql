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
CREATE INDEX spots_by_node ON spots (node_id, created_at);
CREATE INDEX spots_by_state ON spots (state, created_at);

-- Transcripts that may lie in the bucket, written down before they are put there; those whose order is gone are deleted.
CREATE TABLE spot_objects (
  id TEXT PRIMARY KEY NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
