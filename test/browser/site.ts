// A gateway with seeded tables in real workerd: nothing fires its cron, so that pages stand still while they are looked at.
import { join } from 'node:path';
import { shippedPolicies } from '../../schema/policy/shipped.ts';
import { workerBundle } from '../../local/artifacts.ts';
import { startEdge, type Database, type Edge } from '../../local/edge.ts';
import { openProcesses } from '../../local/processes.ts';
import { seedTables, type SeedTables } from './seed.ts';
import type { SeedPlan } from './seed-plan.ts';

const SLOT_SECONDS = 60;
const SLOTS_PER_EPOCH = 60;
const CHAIN_ID = 31337;
const REGISTRY = `0x${'5e'.repeat(20)}` as const;
/** Rows of one statement: D1 takes values of 2 MB at most. */
const ROWS_PER_STATEMENT = 2_000;
/** Statements of one batch: each goes through Miniflare as JSON. */
const STATEMENTS_PER_BATCH = 8;

export type Site = {
  readonly url: string;
  readonly plan: SeedPlan;
  readonly stop: () => Promise<void>;
};

/** Forty days of hourly epochs that end now, the newest of them just revealed. */
export function seedPlan(change: Partial<SeedPlan> = {}): SeedPlan {
  const policy = shippedPolicies.find(({ name }) => name === 'network');
  if (policy === undefined) throw new Error('The policy of the public network does not ship.');
  const epochs = change.epochs ?? 40 * 24;
  const epochSeconds = SLOT_SECONDS * SLOTS_PER_EPOCH;
  const genesis = Math.floor(Date.now() / 1000) - epochs * epochSeconds - policy.schedule.revealSeconds - 1_200;
  return {
    ...{ nodes: 120, epochs, validators: 5, policy, chainId: CHAIN_ID, registry: REGISTRY },
    ...{ clock: { genesis, slotSeconds: SLOT_SECONDS, slotsPerEpoch: SLOTS_PER_EPOCH }, ...change },
  };
}

/** Puts the rows into an empty database, many a statement. */
export async function storeSeed(database: Database, tables: SeedTables): Promise<void> {
  const statements = [...tables].flatMap(([table, [columns = [], ...rows]]) => {
    const values = columns.map((_, i) => `value ->> ${String(i)}`).join(', ');
    const insert = database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values} FROM json_each(?1)`);
    return Array.from({ length: Math.ceil(rows.length / ROWS_PER_STATEMENT) }, (_, i) =>
      insert.bind(JSON.stringify(rows.slice(ROWS_PER_STATEMENT * i, ROWS_PER_STATEMENT * (i + 1)))),
    );
  });
  for (let i = 0; i < statements.length; i += STATEMENTS_PER_BATCH)
    await database.batch(statements.slice(i, i + STATEMENTS_PER_BATCH));
}

const env = (plan: SeedPlan): Record<string, string> => ({
  ...{ ROLE: 'gateway', CHAIN_ID: String(plan.chainId), REGISTRY_ADDRESS: plan.registry, RPC_URL: 'http://127.0.0.1:9' },
  ...{ BEACON_URL: 'http://127.0.0.1:9', PUBLIC_URL: '', PUBLIC_RPC_URL: 'http://127.0.0.1:9', ALLOW_HTTP_HOSTS: '127.0.0.1' },
  ...{
    VALIDATOR_ADDRESS: '',
    SEED_CHAIN_LENGTH: '1',
    TX_POLL_SECONDS: '1',
    NEXT_POLICY: '',
    FAULT_WATCH: 'off',
    UPSTREAMS: '[]',
  },
  ...{ ADMIN_KEY: 'of-no-value-'.repeat(4), VAULT_KEY: `0x${'00'.repeat(31)}01` },
});

/** @param onLog what the Worker says of itself */
export async function startSite(plan: SeedPlan = seedPlan(), onLog: (line: string) => void = () => undefined): Promise<Site> {
  const processes = openProcesses();
  const bundle = await workerBundle(processes);
  const state = join(processes.folder, 'seeded');
  const edge: Edge = await startEdge(processes, { name: 'workerd seeded', bundle, env: env(plan), state, port: 0, onLog });
  await storeSeed(await edge.database(), seedTables(plan));
  return {
    url: edge.url,
    plan,
    stop: async () => {
      await edge.stop();
      await processes.close();
    },
  };
}
