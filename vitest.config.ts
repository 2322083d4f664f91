// Projects: `unit` in Node, `workerd` inside the Workers runtime with the bindings of wrangler.toml, `system` for whole networks of
// processes, two at a time (they mostly wait), and then `system-alone`, one at a time. One alone: `npm test -- unit`; with vitest's own arguments: `npm test -- unit -- merkle`.
//
// In workerd tests storage is isolated per file, not per test: call `reset()` of `cloudflare:test` between tests. The pending
// migrations are in `env.TEST_MIGRATIONS`, for `applyD1Migrations(env.DB, env.TEST_MIGRATIONS)`.
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const migrations = fileURLToPath(new URL('schema/migrations', import.meta.url));

/** Bindings that production gets as secrets. The key is the second of the published development keys of anvil: never of value. */
const testSecrets = {
  SIGNER_KEY: '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
  SEED_SECRET: `0x${'5eed'.repeat(16)}`,
  VAULT_KEY: `0x${'7a17'.repeat(16)}`,
};

/** Libraries of hundreds of small files: bundled once and cached, or each run transforms every one of them (10 s). */
const bundledForWorkerd = [
  '@hono/zod-openapi',
  '@openzeppelin/merkle-tree',
  '@noble/curves/bls12-381.js',
  '@noble/curves/ed25519.js',
  '@noble/curves/nist.js',
  '@noble/curves/secp256k1.js',
  '@noble/hashes/hkdf.js',
  '@noble/hashes/sha2.js',
  '@noble/hashes/sha3.js',
  '@noble/hashes/utils.js',
  'drizzle-orm',
  'drizzle-orm/d1',
  'drizzle-orm/sqlite-core',
  'fast-check',
  'hono',
  'hono/cors',
  'hono/etag',
  'hono/html',
  'hono/http-exception',
  'hono/secure-headers',
  'ipaddr.js',
  'standardwebhooks',
  'viem',
  'viem/accounts',
  'viem/actions',
  'viem/siwe',
  'zod',
];

/** Networks that need the machine for themselves: nine validators, and one whose processors are burned on purpose. */
const alone = ['test/system/dishonest.test.ts', 'test/system/load.test.ts'];
const system = { environment: 'node', pool: 'forks', testTimeout: 300_000, hookTimeout: 120_000 } as const;

export default defineConfig({
  cacheDir: '.cache/vite',
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          environment: 'node',
          include: ['test/unit/**/*.test.ts', 'test/simulation/**/*.test.ts'],
          pool: 'threads',
          // vitest leaves one core to itself and would use the other of two.
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              cf: false,
              bindings: {
                ...testSecrets,
                TEST_MIGRATIONS: await readD1Migrations(migrations),
                ALLOW_HTTP_HOSTS: '127.0.0.1', // the node of test/workerd/region-probe.test.ts
              },
            },
          })),
        ],
        test: {
          name: 'workerd',
          include: ['test/workerd/**/*.test.ts'],
          // As for unit tests.
          maxWorkers: 2,
          globalSetup: ['test/support/loopback-node.ts', 'test/support/webhook-receiver.ts'],
          deps: { optimizer: { ssr: { enabled: true, include: bundledForWorkerd } } },
        },
      },
      {
        extends: true,
        test: {
          ...system,
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          // One file waits for a network most of the time, the other computes.
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          ...system,
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          exclude: alone,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...system,
          name: 'system-alone',
          include: alone,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
