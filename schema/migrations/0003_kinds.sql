-- What kinds 2 and 5 need: whose signature may excuse a busy node, which nodes one operator has, and where presence was asked from.
ALTER TABLE epochs ADD COLUMN signers TEXT;
ALTER TABLE audits ADD COLUMN region INTEGER;
CREATE INDEX node_versions_by_operator ON node_versions (operator);
CREATE INDEX audits_by_region ON audits (node_index, region, epoch, outcome, elapsed_ms) WHERE kind = 5;
