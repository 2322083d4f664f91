-- The network's half: seats, mirrored archives, tallies, statements, roots, scores, faults.
ALTER TABLE epochs ADD COLUMN policy_hash TEXT;
ALTER TABLE deployment ADD COLUMN report_seconds INTEGER NOT NULL DEFAULT 0;

CREATE TABLE network_epochs (
  epoch INTEGER PRIMARY KEY,
  policy_hash TEXT NOT NULL,
  node_count INTEGER NOT NULL,
  beacon_round INTEGER,
  beacon_signature TEXT
);

CREATE TABLE seats (
  epoch INTEGER NOT NULL,
  seat INTEGER NOT NULL,
  operator TEXT NOT NULL,
  signer TEXT NOT NULL,
  url TEXT NOT NULL,
  stake TEXT NOT NULL,
  PRIMARY KEY (epoch, seat)
) WITHOUT ROWID;

CREATE TABLE mirrors (
  epoch INTEGER NOT NULL,
  validator TEXT NOT NULL,
  state TEXT NOT NULL,
  report_hash TEXT,
  archive_hash TEXT,
  due INTEGER NOT NULL,
  done INTEGER NOT NULL,
  failed_check TEXT,
  detail TEXT,
  source TEXT,
  attempts INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (epoch, validator)
) WITHOUT ROWID;

CREATE TABLE tallies (
  epoch INTEGER NOT NULL,
  validator TEXT NOT NULL,
  node_index INTEGER NOT NULL,
  pass INTEGER NOT NULL,
  wrong INTEGER NOT NULL,
  slow INTEGER NOT NULL,
  network INTEGER NOT NULL,
  void INTEGER NOT NULL,
  median_measure INTEGER NOT NULL,
  median_elapsed_ms INTEGER NOT NULL,
  PRIMARY KEY (epoch, validator, node_index)
) WITHOUT ROWID;

CREATE TABLE objections (
  epoch INTEGER NOT NULL,
  validator TEXT NOT NULL,
  slot INTEGER NOT NULL,
  draw INTEGER NOT NULL,
  raised_by TEXT NOT NULL,
  confirmed INTEGER,
  detail TEXT,
  PRIMARY KEY (epoch, validator, slot, draw)
) WITHOUT ROWID;

CREATE TABLE statements (
  epoch INTEGER NOT NULL,
  round INTEGER NOT NULL,
  validator TEXT NOT NULL,
  root_hash TEXT NOT NULL,
  root TEXT NOT NULL,
  signature TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (epoch, round, validator, root_hash)
) WITHOUT ROWID;

CREATE TABLE report_sets (
  hash TEXT PRIMARY KEY NOT NULL,
  epoch INTEGER NOT NULL,
  entries TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE disagreements (
  epoch INTEGER NOT NULL,
  round INTEGER NOT NULL,
  validator TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (epoch, round, validator)
) WITHOUT ROWID;

CREATE TABLE roots (
  epoch INTEGER PRIMARY KEY,
  root_hash TEXT NOT NULL,
  root TEXT NOT NULL,
  state TEXT NOT NULL,
  seats INTEGER NOT NULL,
  provisional INTEGER NOT NULL,
  previous_epoch INTEGER,
  block_number INTEGER NOT NULL,
  transaction_hash TEXT NOT NULL,
  final_at INTEGER NOT NULL,
  note TEXT
);

CREATE TABLE scores (
  epoch INTEGER NOT NULL,
  node_index INTEGER NOT NULL,
  node_id TEXT NOT NULL,
  score_ppm INTEGER NOT NULL,
  rate_ppm INTEGER NOT NULL,
  correct_ppm INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  effective_samples INTEGER NOT NULL,
  measure INTEGER NOT NULL,
  elapsed_ms INTEGER NOT NULL,
  tier INTEGER NOT NULL,
  PRIMARY KEY (epoch, node_index)
) WITHOUT ROWID;
CREATE INDEX scores_by_node ON scores (node_index, epoch);

CREATE TABLE validator_scores (
  epoch INTEGER NOT NULL,
  seat INTEGER NOT NULL,
  validator TEXT NOT NULL,
  weight_ppm INTEGER NOT NULL,
  accuracy_ppm INTEGER NOT NULL,
  agreement_ppm INTEGER NOT NULL,
  coverage_ppm INTEGER NOT NULL,
  reward TEXT NOT NULL,
  PRIMARY KEY (epoch, seat)
) WITHOUT ROWID;

CREATE TABLE rewards (
  epoch INTEGER NOT NULL,
  account TEXT NOT NULL,
  cumulative TEXT NOT NULL,
  PRIMARY KEY (epoch, account)
) WITHOUT ROWID;

CREATE TABLE penalties (
  epoch INTEGER NOT NULL,
  owner TEXT NOT NULL,
  node_id TEXT NOT NULL,
  cumulative TEXT NOT NULL,
  PRIMARY KEY (epoch, owner, node_id)
) WITHOUT ROWID;

CREATE TABLE faults (
  fault_key TEXT PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL,
  offender TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  state TEXT NOT NULL,
  proof TEXT NOT NULL,
  detail TEXT NOT NULL,
  found_at INTEGER NOT NULL,
  slash_id INTEGER,
  executable_at INTEGER
) WITHOUT ROWID;
CREATE INDEX faults_by_state ON faults (state, epoch);
