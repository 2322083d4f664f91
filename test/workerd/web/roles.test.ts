// Both roles as they are deployed: one Worker, composed from its environment, over the same kind of database.
import { createExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import { policyHash } from '../../../protocol/policy.ts';
import { network } from '../../../schema/api/network.ts';
import { d1Ledger } from '../../../workers/adapters/d1-ledger.ts';
import { createWorker } from '../../../workers/app.ts';
import type { Env } from '../../../workers/env.ts';
import { configured, fresh } from '../support/bindings.ts';
import { nodeIdOf } from '../support/ledger-rows.ts';
import { addNetworkEpoch } from '../support/network-rows.ts';
import { embeddedPolicy } from '../support/web-env.ts';

const gateway: Env = { ...configured, ROLE: 'gateway', VALIDATOR_ADDRESS: '', SIGNER_KEY: '', SEED_SECRET: '' };

beforeAll(async () => {
  await fresh();
  const { CHAIN_ID, REGISTRY_ADDRESS, VALIDATOR_ADDRESS, DB } = configured;
  await d1Ledger(DB, VALIDATOR_ADDRESS as `0x${string}`).join({
    domain: { chainId: Number(CHAIN_ID), registry: REGISTRY_ADDRESS as `0x${string}` },
    // Long ago: whatever the clock says, the epochs below are public.
    clock: { genesis: 1_760_000_000, slotSeconds: 3, slotsPerEpoch: 10 },
    ...{ reportSeconds: 30, policyHash: policyHash(embeddedPolicy()) },
  });
  await addNetworkEpoch({ epoch: 3, nodes: [0, 1, 2] });
}, 60_000);

const worker = createWorker();
const ask = async (env: Env, path: string): Promise<Response> =>
  worker.fetch(new Request(`https://assay.test${path}`), env, createExecutionContext());

describe('one Worker, two roles', () => {
  test('a gateway needs no key; its first page is the network’s', async () => {
    const page = await (await ask(gateway, '/')).text();
    expect(page).toContain('A gateway’s view of all validators');
    expect(page).toContain(`/nodes/${nodeIdOf(0)}`);
    expect(network.parse(await (await ask(gateway, '/v1/network')).json())).toMatchObject({ role: 'gateway', validator: null });
    expect((await ask(gateway, `/nodes/${nodeIdOf(0)}`)).status).toBe(200);
    expect((await ask(gateway, '/v1/consensus/3/scores/0')).status).toBe(200);
    expect((await ask(gateway, '/v1/epochs/3')).status).toBe(404);
  });
  test('a validator’s first page is its own; the network’s is beside it', async () => {
    expect(await (await ask(configured, '/')).text()).toContain('One validator’s view');
    expect(await (await ask(configured, '/network')).text()).toContain(`/nodes/${nodeIdOf(0)}`);
    const told = network.parse(await (await ask(configured, '/v1/network')).json());
    expect(told).toMatchObject({ role: 'validator', validator: configured.VALIDATOR_ADDRESS, lastRoot: { epoch: 3 } });
  });
});
