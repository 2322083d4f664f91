// The drizzle tables and the SQL migrations say the same: names, nullability, types, primary keys and indices.
import { is } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { beforeAll, describe, expect, test } from 'vitest';
import * as tables from '../../../schema/tables/index.ts';
import { bindings, freshDatabase } from '../support/web-env.ts';

type Column = { name: string; type: string; notnull: number; pk: number };
const configs = Object.values(tables)
  .filter((value) => is(value, SQLiteTable))
  .map((table) => getTableConfig(table));

async function pragma<T>(call: string): Promise<T[]> {
  return (await bindings.DB.prepare(`SELECT * FROM ${call}`).all<T>()).results;
}

describe('tables and migrations', () => {
  beforeAll(freshDatabase);

  test('name the same tables', async () => {
    const stored = await pragma<{ name: string; type: string; schema: string }>('pragma_table_list');
    const own = stored
      .filter(({ name, schema }) => schema === 'main' && !/^(sqlite_|_cf_|d1_)/.test(name))
      .map(({ name }) => name);
    expect(own.toSorted()).toEqual(configs.map(({ name }) => name).toSorted());
  });

  test.each(configs.map((config) => [config.name, config] as const))(
    '%s has the same columns, keys and indices',
    async (name, config) => {
      const stored = await pragma<Column>(`pragma_table_info('${name}')`);
      const keys =
        config.primaryKeys[0]?.columns.map((column) => column.name) ?? config.columns.filter((c) => c.primary).map((c) => c.name);
      const said = config.columns.map((column) => ({
        name: column.name,
        type: column.getSQLType().toUpperCase(),
        notNull: column.notNull,
        key: keys.indexOf(column.name) + 1,
      }));
      // SQLite reports a lone INTEGER PRIMARY KEY as nullable; it is the rowid and never is.
      const found = stored.map(({ name, type, notnull, pk }) => ({ name, type, notNull: notnull === 1 || pk > 0, key: pk }));
      expect(found).toEqual(said);

      const indices = await pragma<{ name: string; origin: string }>(`pragma_index_list('${name}')`);
      const made = indices.filter(({ origin }) => origin === 'c').map((index) => index.name);
      expect(made.toSorted()).toEqual(config.indexes.map((index) => index.config.name).toSorted());
      for (const index of config.indexes) {
        const columns = await pragma<{ name: string }>(`pragma_index_info('${index.config.name}')`);
        expect(columns.map((column) => column.name)).toEqual(
          index.config.columns.map((column) => ('name' in column ? column.name : '')),
        );
      }
    },
  );
});
