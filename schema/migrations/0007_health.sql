-- Health: what this Worker finds of nodes' reachability now, what peers tell of it, the incidents that follow, and who wants quiet.
CREATE TABLE health_nodes (
  node_index INTEGER PRIMARY KEY,
  node_id TEXT NOT NULL,
  state TEXT NOT NULL,
  version INTEGER NOT NULL,
  machine TEXT NOT NULL,
  incident TEXT,
  since_ms INTEGER NOT NULL,
  ask_at_ms INTEGER
);
CREATE INDEX health_nodes_due ON health_nodes (ask_at_ms) WHERE ask_at_ms IS NOT NULL;
CREATE INDEX health_nodes_unwell ON health_nodes (node_index) WHERE state <> 'healthy';

CREATE TABLE health_told (
  source TEXT PRIMARY KEY,
  validator TEXT NOT NULL,
  heard_at_ms INTEGER NOT NULL,
  sightings TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE health_slots (
  epoch INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  chunk INTEGER NOT NULL,
  probes INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  PRIMARY KEY (epoch, slot, chunk)
) WITHOUT ROWID;

CREATE TABLE incidents (
  id TEXT PRIMARY KEY,
  node_index INTEGER NOT NULL,
  node_id TEXT NOT NULL,
  severity TEXT NOT NULL,
  cause TEXT NOT NULL,
  opened_at_ms INTEGER NOT NULL,
  confirmed_at_ms INTEGER,
  recovered_at_ms INTEGER,
  seen_by TEXT NOT NULL,
  events TEXT NOT NULL
);
CREATE INDEX incidents_by_time ON incidents (opened_at_ms, node_index);
CREATE INDEX incidents_by_node ON incidents (node_index, opened_at_ms);
CREATE INDEX incidents_by_end ON incidents (recovered_at_ms, opened_at_ms);

CREATE TABLE quiets (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL,
  kind TEXT NOT NULL,
  public INTEGER NOT NULL,
  node_index INTEGER,
  node_id TEXT,
  incident TEXT,
  from_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  note TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL
);
CREATE INDEX quiets_by_tenant ON quiets (tenant, until_ms);
CREATE INDEX quiets_public ON quiets (node_index, until_ms) WHERE public = 1;

-- Announced windows, by when they were to end: what a node's operator has used up. No tenant's row, so that none can take it back.
CREATE TABLE public_windows (
  id TEXT PRIMARY KEY,
  node_index INTEGER NOT NULL,
  until_ms INTEGER NOT NULL
);
CREATE INDEX public_windows_by_node ON public_windows (node_index, until_ms);
