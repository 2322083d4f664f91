// Deleting a tenant leaves nothing of it in any table, of whatever part: the database itself is asked which tables have tenants.
import { beforeEach, describe, expect, test } from 'vitest';
import { d1Accounts } from '../../../workers/adapters/d1-accounts.ts';
import { TENANT_STATEMENTS, TENANT_TABLES } from '../../../workers/adapters/tenant-tables.ts';
import { bindings, freshDatabase } from '../support/web-env.ts';

type Column = { name: string; type: string; notnull: number; pk: number };

async function tablesWithTenants(): Promise<string[]> {
  const query = `SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
    WHERE m.type = 'table' AND m.name NOT LIKE '_cf_%' AND c.name = 'tenant' ORDER BY m.name`;
  return (await bindings.DB.prepare(query).all<{ name: string }>()).results.map(({ name }) => name);
}

/** A row with this tenant, and in every other column something of its type. */
async function addRow(table: string, tenant: string, place: number): Promise<void> {
  const { results } = await bindings.DB.prepare(`SELECT * FROM pragma_table_info('${table}')`).all<Column>();
  const values = results.map(({ name, type }) => {
    if (name === 'tenant') return tenant;
    return type === 'INTEGER' ? place : `${tenant}-${name}-${String(place)}`;
  });
  const marks = results.map(() => '?').join(', ');
  await bindings.DB.prepare(`INSERT INTO ${table} (${results.map(({ name }) => name).join(', ')}) VALUES (${marks})`)
    .bind(...values)
    .run();
}

const tenantsIn = async (table: string): Promise<unknown[]> =>
  (await bindings.DB.prepare(`SELECT DISTINCT tenant FROM ${table} ORDER BY tenant`).all()).results.map((row) => row['tenant']);

beforeEach(freshDatabase);

describe('forgetting', () => {
  test('the list of tables is the database’s', async () => {
    const found = await tablesWithTenants();
    expect(found).toEqual(expect.arrayContaining(['api_keys', 'tenants']));
    expect([...TENANT_TABLES].toSorted()).toEqual(found);
  });

  test('empties every one of them of this tenant, and of no other', async () => {
    const tables = await tablesWithTenants();
    for (const [place, tenant] of ['one', 'two'].entries()) for (const table of tables) await addRow(table, tenant, place);
    for (const table of tables) expect([table, await tenantsIn(table)]).toEqual([table, ['one', 'two']]);
    await d1Accounts(bindings.DB).forget('one');
    for (const table of tables) expect([table, await tenantsIn(table)]).toEqual([table, ['two']]);
    await d1Accounts(bindings.DB).forget('one');
    await d1Accounts(bindings.DB).forget('two');
    for (const table of tables) expect([table, await tenantsIn(table)]).toEqual([table, []]);
  });

  test('every statement for what hangs on a tenant’s rows is one that the database takes', async () => {
    for (const { table, sql } of TENANT_STATEMENTS) {
      const result = await bindings.DB.prepare(sql).bind('nobody').run();
      expect([table, result.meta.changes]).toEqual([table, 0]);
    }
  });
});
