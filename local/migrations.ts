// The ledger's SQL as single statements, for a batch. wrangler could split it, but to import wrangler takes longer than to start
// the network; a test holds the two against each other.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './processes.ts';

const MIGRATIONS = join(ROOT, 'schema', 'migrations');

/** The migrations' text, in order. */
export function migrationFiles(): string[] {
  const names = readdirSync(MIGRATIONS).filter((name) => name.endsWith('.sql'));
  return names.sort().map((name) => readFileSync(join(MIGRATIONS, name), 'utf8'));
}

/** The statements of all migrations, in order. They hold no semicolon and no two dashes but where one ends or a comment begins. */
export function migrationStatements(): string[] {
  return migrationFiles()
    .flatMap((text) => text.replace(/--.*$/gm, '').split(';'))
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
