-- Events, the outbox that is written in the batch of the state change; endpoints, deliveries and their attempts; how far events were fanned out.
CREATE TABLE events (
  place INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  node_index INTEGER,
  node_id TEXT,
  sequence INTEGER,
  occurred_at INTEGER NOT NULL,
  data TEXT NOT NULL,
  target TEXT
);
CREATE UNIQUE INDEX events_by_id ON events (id);
CREATE INDEX events_by_node ON events (node_index, sequence) WHERE node_index IS NOT NULL;
CREATE INDEX events_by_time ON events (occurred_at);
CREATE INDEX events_by_target ON events (target, place) WHERE target IS NOT NULL;
CREATE INDEX events_for_all ON events (place) WHERE target IS NULL;

-- One row: events up to this place have their deliveries.
CREATE TABLE fan_out (
  id INTEGER PRIMARY KEY,
  event INTEGER NOT NULL
);
INSERT INTO fan_out (id, event) VALUES (0, 0);

CREATE TABLE webhook_endpoints (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  tenant TEXT NOT NULL,
  format TEXT NOT NULL,
  scheme TEXT NOT NULL,
  shown_url TEXT NOT NULL,
  sealed TEXT NOT NULL,
  types TEXT NOT NULL,
  nodes TEXT NOT NULL,
  operators TEXT NOT NULL,
  note TEXT NOT NULL,
  state TEXT NOT NULL,
  disabled_reason TEXT,
  disabled_at INTEGER,
  failing_since INTEGER,
  delivered_at INTEGER,
  paused_until INTEGER NOT NULL,
  since INTEGER NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX webhook_endpoints_by_id ON webhook_endpoints (id);
CREATE INDEX webhook_endpoints_by_tenant ON webhook_endpoints (tenant, number);
CREATE INDEX webhook_endpoints_active ON webhook_endpoints (number) WHERE state = 'active';

CREATE TABLE deliveries (
  endpoint INTEGER NOT NULL,
  event INTEGER NOT NULL,
  node_index INTEGER,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  finished_at INTEGER,
  PRIMARY KEY (endpoint, event)
) WITHOUT ROWID;
CREATE INDEX deliveries_by_event ON deliveries (event);
CREATE INDEX deliveries_due ON deliveries (endpoint, due_at) WHERE state = 'due';
CREATE INDEX deliveries_held ON deliveries (endpoint, due_at) WHERE state = 'muted' AND due_at > 0;
CREATE INDEX deliveries_finished ON deliveries (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE delivery_attempts (
  endpoint INTEGER NOT NULL,
  event INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  at INTEGER NOT NULL,
  elapsed_ms INTEGER NOT NULL,
  status INTEGER,
  error TEXT,
  PRIMARY KEY (endpoint, event, attempt)
) WITHOUT ROWID;
