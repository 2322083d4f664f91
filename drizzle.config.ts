// Migrations are generated from the tables (`npm run migrations`) and then read by a person: drizzle cannot say WITHOUT ROWID.
import { defineConfig } from 'drizzle-kit';

export default defineConfig({ dialect: 'sqlite', schema: './schema/tables', out: './schema/migrations' });
