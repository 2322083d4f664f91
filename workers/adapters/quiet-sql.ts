// Which quiets hold an event for an endpoint at a time, as SQL over rows named `event` and `endpoint`: the tenant's own, and those that are
// announced for all. Two looks by index, never one with OR: that reads every quiet there is for every event and endpoint.

const holding = (at: string): string => `
  AND (quiet.incident IS NULL OR quiet.incident = event.data ->> 'incident') AND quiet.from_ms <= ${at} AND quiet.until_ms > ${at}`;

const own = (at: string): string => `
  FROM quiets AS quiet INDEXED BY quiets_by_tenant
  WHERE quiet.tenant = endpoint.tenant AND (quiet.node_index IS NULL OR quiet.node_index = event.node_index) ${holding(at)}`;

// One that is announced is always about a node.
const announced = (at: string): string => `
  FROM quiets AS quiet INDEXED BY quiets_public WHERE quiet.public = 1 AND quiet.node_index = event.node_index ${holding(at)}`;

/** Whether one holds it at the time `at`, an SQL expression. */
export const isQuiet = (at: string): string => `(EXISTS (SELECT 1 ${own(at)}) OR EXISTS (SELECT 1 ${announced(at)}))`;

/** When the last of those that hold it at `at` ends, in Unix milliseconds; 0 where none does. */
export const quietUntil = (at: string): string =>
  `max(coalesce((SELECT max(quiet.until_ms) ${own(at)}), 0), coalesce((SELECT max(quiet.until_ms) ${announced(at)}), 0))`;
