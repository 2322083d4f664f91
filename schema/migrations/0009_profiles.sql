-- Read models of the profiles: one row a node and epoch, one more while its audits are recent, and one a node for where it is near.
CREATE TABLE node_epochs (
  node_index INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  pass INTEGER NOT NULL,
  wrong INTEGER NOT NULL,
  slow INTEGER NOT NULL,
  network INTEGER NOT NULL,
  void INTEGER NOT NULL,
  busy INTEGER NOT NULL,
  present INTEGER NOT NULL,
  absent INTEGER NOT NULL,
  latency_ms INTEGER NOT NULL,
  latency_high_ms INTEGER NOT NULL,
  measure INTEGER NOT NULL,
  bandwidth INTEGER NOT NULL,
  validators INTEGER NOT NULL,
  score_ppm INTEGER,
  regions TEXT NOT NULL,
  PRIMARY KEY (node_index, epoch)
) WITHOUT ROWID;

CREATE TABLE node_spans (
  node_index INTEGER NOT NULL,
  span INTEGER NOT NULL,
  pass INTEGER NOT NULL,
  wrong INTEGER NOT NULL,
  slow INTEGER NOT NULL,
  network INTEGER NOT NULL,
  PRIMARY KEY (node_index, span)
) WITHOUT ROWID;

CREATE TABLE recent_audits (
  node_index INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  audits TEXT NOT NULL,
  PRIMARY KEY (node_index, epoch)
) WITHOUT ROWID;

CREATE TABLE node_places (
  node_index INTEGER PRIMARY KEY,
  epoch INTEGER NOT NULL,
  nearest TEXT NOT NULL,
  latency_ms INTEGER NOT NULL
);

CREATE TABLE report_lines (
  epoch INTEGER NOT NULL,
  validator TEXT NOT NULL,
  part INTEGER NOT NULL,
  lines TEXT NOT NULL,
  PRIMARY KEY (epoch, validator, part)
) WITHOUT ROWID;
