// The embedded network splits the migrations into the statements that wrangler applies.
import { expect, test } from 'vitest';
import { unstable_splitSqlQuery as splitSqlQuery } from 'wrangler';
import { migrationFiles, migrationStatements } from '../../../local/migrations.ts';

/** One statement a string, whatever its layout and comments. */
const plain = (statement: string): string => statement.replace(/--.*$/gm, '').replace(/;\s*$/, '').replace(/\s+/g, ' ').trim();

test('our split of the migrations is wrangler’s', () => {
  const theirs = migrationFiles().flatMap((text) => splitSqlQuery(text));
  expect(migrationStatements().map(plain)).toEqual(theirs.map(plain));
  expect(theirs.length).toBeGreaterThan(1);
});
