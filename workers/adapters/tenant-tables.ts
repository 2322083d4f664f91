// What belongs to tenants, in all parts' tables: each part names its own here. A test holds the list against the database, so that no table
// with a column `tenant` can be left out.

/** Tables with a column `tenant`, rows before what they refer to. */
export const TENANT_TABLES: readonly string[] = ['spots', 'quiets', 'webhook_endpoints', 'api_keys', 'tenants'];

const OWN_ENDPOINTS = 'FROM webhook_endpoints WHERE tenant = ?1';

/** Deletes what hangs on a tenant's rows without naming it; `?1` is the tenant. They run before the tables above are emptied. */
export const TENANT_STATEMENTS: readonly { readonly table: string; readonly sql: string }[] = [
  { table: 'delivery_attempts', sql: `DELETE FROM delivery_attempts WHERE endpoint IN (SELECT number ${OWN_ENDPOINTS})` },
  { table: 'deliveries', sql: `DELETE FROM deliveries WHERE endpoint IN (SELECT number ${OWN_ENDPOINTS})` },
  { table: 'events', sql: `DELETE FROM events WHERE target IN (SELECT id ${OWN_ENDPOINTS})` },
];

/** The statements for the tables that there are: a migration may not have run yet. */
export async function forgetStatements(db: D1Database, tenant: string): Promise<D1PreparedStatement[]> {
  const { results } = await db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{ name: string }>();
  const there = new Set(results.map(({ name }) => name));
  const hanging = TENANT_STATEMENTS.filter(({ table }) => there.has(table)).map(({ sql }) => sql);
  const own = TENANT_TABLES.filter((table) => there.has(table)).map((table) => `DELETE FROM ${table} WHERE tenant = ?1`);
  return [...hanging, ...own].map((sql) => db.prepare(sql).bind(tenant));
}
