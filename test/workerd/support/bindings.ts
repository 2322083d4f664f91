// The Worker's own bindings in tests: D1 with its migrations, R2, the queue and the sender's objects.
import { applyD1Migrations, reset, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { toHex, type Hex } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import type { EpochNode } from '../../../protocol/schedule.ts';
import { verdictOf, type Reason } from '../../../protocol/verdict.ts';
import type { Env } from '../../../workers/env.ts';
import type { EpochFacts, FinishedRow, StoredRow } from '../../../workers/services/ports.ts';

export const bindings = env as unknown as Env & { readonly TEST_MIGRATIONS: D1Migration[] };

/** As an operator would configure them; nobody listens where RPC and beacon are said to be. */
export const configured: Env = {
  ...bindings,
  REGISTRY_ADDRESS: `0x${'5f'.repeat(20)}`,
  VALIDATOR_ADDRESS: `0x${'a1'.repeat(20)}`,
  RPC_URL: 'http://127.0.0.1:1',
  BEACON_URL: 'http://127.0.0.1:1',
};

/** Nothing stored, all tables there. */
export async function fresh(): Promise<void> {
  await reset();
  await applyD1Migrations(bindings.DB, bindings.TEST_MIGRATIONS);
}

export const hashOf = (...parts: (string | number)[]): Hex => toHex(sha256(new TextEncoder().encode(parts.join('/'))));
export const VALIDATOR: Hex = `0x${'a1'.repeat(20)}`;
export const SIGNATURE: Hex = `0x${'51'.repeat(65)}`;
export const roundOf = (round: number) => ({ round, signature: `0x${'b1'.repeat(48)}` as const });

export function nodeOf(index: number, change: Partial<EpochNode> = {}): EpochNode {
  return {
    ...{ index, nodeId: hashOf('id', index), operator: VALIDATOR, publicKey: { x: hashOf('x', index), y: hashOf('y', index) } },
    ...{ url: `https://node-${String(index)}.example`, gpuClass: 'cpu-demo', vramMiB: 1024, retired: false, ...change },
  };
}

export const factsOf = (epoch: number, nodeCount = 1): EpochFacts => ({
  ...{ epoch, policyHash: hashOf('policy'), nodeCount, validatorCount: 1, beaconRound: 100 + epoch },
  signers: [{ operator: VALIDATOR, signer: `0x${'a2'.repeat(20)}` }],
  seedBase: { epoch: epoch - 1, seed: hashOf('seed', epoch - 1) },
});

export function rowOf(epoch: number, slot: number, draw: number, reason: Reason = 'none'): FinishedRow {
  const sent = reason !== 'interrupted';
  const name = (what: string): Hex => (sent ? hashOf(what, epoch, slot, draw) : `0x${'00'.repeat(32)}`);
  const row: StoredRow = {
    ...{ epoch, slot, draw, validator: VALIDATOR, nodeIndex: draw, nodeId: hashOf('id', draw), kind: 1, ...verdictOf(reason) },
    ...{ challengeHash: name('challenge'), commitment: name('commitment'), openingHash: name('opening') },
    ...{ elapsedMs: sent ? 17 : 0, measure: reason === 'none' ? Number.MAX_SAFE_INTEGER : 0, freshnessRound: 4_000_000_000 },
    ...{ startedAt: sent ? 1_790_000_000_123 : 0, transcriptHash: name('transcript'), region: null },
  };
  return { ...row, transcriptOffset: sent ? 100 * draw : null, transcriptLength: sent ? 100 : null };
}

/** The row as the ledger gives it back. */
export function plain({ transcriptOffset: _offset, transcriptLength: _length, ...row }: FinishedRow): StoredRow {
  return row;
}
