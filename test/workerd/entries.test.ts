// The queue's entry against messages of every kind, and the configuration that each entry begins with.
import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { policyHash } from '../../protocol/policy.ts';
import { epochBeaconRound } from '../../protocol/schedule.ts';
import { seedTip } from '../../protocol/seed.ts';
import { shippedPolicies } from '../../schema/policy/shipped.ts';
import { d1Ledger } from '../../workers/adapters/d1-ledger.ts';
import { createWorker } from '../../workers/app.ts';
import { composeNetwork, composeValidator } from '../../workers/compose.ts';
import { parseConfig, parseKeys, parseNetworkConfig } from '../../workers/config.ts';
import { onCron } from '../../workers/entries/cron.ts';
import { onQueue } from '../../workers/entries/queue.ts';
import type { Env } from '../../workers/env.ts';
import { DomainError } from '../../workers/errors.ts';
import { slotChunks } from '../../workers/services/chunks.ts';
import { dueGroups } from '../../workers/services/due.ts';
import { planOf } from '../../workers/services/plan.ts';
import type { Chunk } from '../../workers/services/ports.ts';
import { bindings, configured, fresh, nodeOf, roundOf } from './support/bindings.ts';

const env = configured;
const ledger = d1Ledger(bindings.DB, env.VALIDATOR_ADDRESS as `0x${string}`);
const policy = shippedPolicies.find(({ name }) => name === 'embedded');
if (policy === undefined) throw new Error('the embedded policy does not ship');

/** Long ago, so that every probe is too late and nothing is sent. */
const CLOCK = { genesis: 1_760_000_000, slotSeconds: 3, slotsPerEpoch: 10 };
const EPOCH = 5;

async function joined(): Promise<void> {
  if (policy === undefined) return;
  const domain = { chainId: Number(env.CHAIN_ID), registry: env.REGISTRY_ADDRESS as `0x${string}` };
  await ledger.join({ domain, clock: CLOCK, reportSeconds: 30, policyHash: policyHash(policy) });
}

/** Six nodes of one operator in an epoch whose seed chain is the configured one: each chunk, and how many records are due in it. */
async function opened(): Promise<{ chunk: Chunk; due: number }[]> {
  if (policy === undefined) return [];
  await joined();
  const seedBase = { epoch: EPOCH - 1, seed: seedTip(env.SEED_SECRET as `0x${string}`, 8760) };
  const nodes = Array.from({ length: 6 }, (_, i) => nodeOf(i));
  const beaconRound = epochBeaconRound(CLOCK, policy, EPOCH);
  const signers = [{ operator: env.VALIDATOR_ADDRESS as `0x${string}`, signer: `0x${'a2'.repeat(20)}` as const }];
  const facts = { policyHash: policyHash(policy), nodeCount: 6, validatorCount: 1, signers, beaconRound, seedBase };
  await ledger.freeze({ epoch: EPOCH, ...facts }, nodes);
  await ledger.open(EPOCH, roundOf(beaconRound));
  const context = await composeValidator(env).recall();
  const entry = await ledger.epoch(EPOCH);
  if (context === null || entry === null) throw new Error('not joined');
  const plan = planOf(context, entry);
  const chunks: { chunk: Chunk; due: number }[] = [];
  for (let slot = 0; slot < CLOCK.slotsPerEpoch; slot++) {
    for (const [number, { draws }] of slotChunks(plan, slot).entries()) {
      const due = (await dueGroups(ledger, plan, draws)).flat().length;
      chunks.push({ chunk: { epoch: EPOCH, slot, chunk: number }, due });
    }
  }
  return chunks;
}

async function deliver(...bodies: unknown[]): Promise<{ acked: string[]; retried: string[] }> {
  const messages = bodies.map((body, i) => ({ id: String(i), timestamp: new Date(), attempts: 1, body }));
  const batch = createMessageBatch('assay-audits', messages);
  await onQueue(env, batch);
  const result = await getQueueResult(batch, createExecutionContext());
  return { acked: result.explicitAcks, retried: result.retryMessages.map(({ msgId }) => msgId) };
}

const rows = async (): Promise<number> => (await bindings.DB.prepare('SELECT count(*) AS n FROM audits').first<number>('n')) ?? 0;

beforeEach(fresh);

describe('the queue', () => {
  const good = { epoch: 5, slot: 0, chunk: 0 };
  const garbage = [
    ...[null, 'text', 17, true, [], {}, [good], { ...good, extra: 1 }, { ...good, epoch: '5' }, { ...good, epoch: -1 }],
    ...[
      { ...good, slot: 1.5 },
      { ...good, slot: Number.MAX_VALUE },
      { ...good, chunk: -1 },
      { ...good, drawCount: 51 },
    ],
    ...[{ ...good, slot: null }, { ...good, chunk: Number.NaN }, new Map(), new Uint8Array(100), '['.repeat(10_000)],
    ...[{ epoch: 5, slot: 0 }, new Date(), 10n],
  ];

  it.each([
    ['before', false],
    ['after', true],
  ] as const)('drops and acks what is no chunk, %s it has joined', async (_, after) => {
    if (after) await joined();
    const { acked, retried } = await deliver(...garbage);
    expect([acked.length, retried]).toEqual([garbage.length, []]);
    expect(await bindings.DB.prepare('SELECT count(*) AS n FROM chunks').first('n')).toBe(0);
  });

  it('gives a chunk back that comes before the network is known', async () => {
    expect(await deliver(good)).toEqual({ acked: [], retried: ['0'] });
  });

  it('takes chunks in any order, each once', async () => {
    const chunks = await opened();
    for (const chunk of [7, 2, 9, 0]) expect((await deliver(chunks[chunk]?.chunk)).acked).toEqual(['0']);
    expect(await rows()).toBe([7, 2, 9, 0].reduce((sum, place) => sum + (chunks[place]?.due ?? 0), 0));
    for (const { chunk } of chunks) expect((await deliver(chunk, chunk)).acked).toEqual(['0', '1']);
    expect(await rows()).toBe(chunks.reduce((sum, { due }) => sum + due, 0));
    expect(await ledger.finishedChunks(EPOCH)).toBe(chunks.length);
    const { results } = await bindings.DB.prepare('SELECT DISTINCT reason FROM audits').all();
    expect(results).toEqual([{ reason: 'auditor_fault' }]); // long past: too late to send anything
  });

  it('acks a chunk of an epoch that is closed or unknown, and stores nothing', async () => {
    const [first] = await opened();
    await ledger.beginSealing(EPOCH);
    expect((await deliver(first?.chunk, good, { ...good, epoch: 99 })).acked).toEqual(['0', '1', '2']);
    expect(await rows()).toBe(0);
  });

  it('acks bounds that the schedule does not have, and probes nothing', async () => {
    const [first] = await opened();
    const chunk = first?.chunk ?? { epoch: EPOCH, slot: 0, chunk: 0 };
    const forged = [
      { ...chunk, chunk: 99 },
      { ...chunk, slot: 10 },
    ];
    expect((await deliver(...forged)).acked).toHaveLength(2);
    expect([await rows(), await ledger.finishedChunks(EPOCH)]).toEqual([0, 0]);
  });
});

describe('configuration', () => {
  const KEY = `0x${'59c6995e998f97a5'.repeat(4)}`;
  const whole: Env = { ...env, SIGNER_KEY: KEY, SEED_SECRET: `0x${'5eedc0de'.repeat(8)}` };

  it('as it stands is understood, with surplus space and upper case', () => {
    const upper = {
      ...whole,
      REGISTRY_ADDRESS: ` ${env.REGISTRY_ADDRESS.toUpperCase().replace('0X', '0x')} `,
      RPC_URL: 'https://a/, https://b/x ,',
    };
    const config = parseConfig({ ...upper, ALLOW_HTTP_HOSTS: 'LocalHost, 127.0.0.1' });
    expect(config).toMatchObject({ role: 'validator', registry: env.REGISTRY_ADDRESS, rpcUrls: ['https://a', 'https://b/x'] });
    expect([...config.allowHttpHosts]).toEqual(['localhost', '127.0.0.1']);
    expect(parseKeys(whole).signer).toMatch(/^0x[0-9a-f]{40}$/);
  });

  const broken: [keyof Env, unknown[]][] = [
    ['ROLE', ['', 'auditor', 'gateway', undefined]],
    ['NEXT_POLICY', ['0x', 'k3y', `0x${'ab'.repeat(32)}`]],
    ['FAULT_WATCH', ['', 'yes', 'k3y', undefined]],
    ['CHAIN_ID', ['', '0', '-1', '1.5', 'x', '9007199254740993', undefined]],
    [
      'RPC_URL',
      ['', ' , ', 'ftp://k3y', 'not a url k3y', Array(9).fill('https://k3y').join(','), 'https://a,nope-k3y', undefined],
    ],
    ['BEACON_URL', ['', 'k3y', 'ws://k3y', undefined]],
    ['REGISTRY_ADDRESS', ['', '0x', `0x${'00'.repeat(20)}`, `0x${'k3'.repeat(20)}`, `0x${'11'.repeat(21)}`, undefined]],
    ['VALIDATOR_ADDRESS', ['', `0x${'00'.repeat(20)}`, 'k3y', undefined]],
    ['SEED_CHAIN_LENGTH', ['', '0', '1000001', 'k3y', undefined]],
    ['TX_POLL_SECONDS', ['', '0', '3601', 'k3y', undefined]],
  ];
  it.each(broken.flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    '%s = %j is refused by name',
    (name, value) => {
      const attempt = () => parseConfig({ ...whole, [name]: value });
      expect(attempt).toThrow(DomainError);
      expect(attempt).toThrow(new RegExp(`^${name} .*wrangler\\.toml`));
      expect(attempt).not.toThrow(/k3y/);
    },
  );

  it('knows the policies that it can be told to want next', () => {
    const next = shippedPolicies.map((known) => policyHash(known));
    for (const hash of next) expect(parseConfig({ ...whole, NEXT_POLICY: ` ${hash} ` }).nextPolicyHash).toBe(hash);
    expect(parseConfig({ ...whole, NEXT_POLICY: '' }).nextPolicyHash).toBeNull();
    expect(parseConfig({ ...whole, FAULT_WATCH: 'off' }).watchFaults).toBe(false);
  });

  it('of a gateway needs neither keys nor an operator', () => {
    const { SIGNER_KEY: _key, SEED_SECRET: _secret, ...rest } = whole;
    const gateway: Env = { ...rest, ...{ ROLE: 'gateway', VALIDATOR_ADDRESS: '', SEED_CHAIN_LENGTH: '', FAULT_WATCH: '' } };
    expect(parseNetworkConfig(gateway)).toMatchObject({ role: 'gateway', registry: env.REGISTRY_ADDRESS });
    expect(composeNetwork(gateway).ports.member).toBeNull();
    expect(composeNetwork(whole).ports.member).toMatchObject({ operator: env.VALIDATOR_ADDRESS, watchFaults: true });
    expect(() => parseConfig(gateway)).toThrow(/^ROLE .*a gateway audits nobody.*wrangler\.toml/);
    expect(() => parseNetworkConfig({ ...gateway, REGISTRY_ADDRESS: '' })).toThrow(/^REGISTRY_ADDRESS .*wrangler\.toml/);
  });

  it('a missing ALLOW_HTTP_HOSTS allows none', () => {
    expect(parseConfig({ ...whole, ALLOW_HTTP_HOSTS: undefined } as unknown as Env).allowHttpHosts.size).toBe(0);
  });

  const secrets = [
    '',
    'hunter2',
    '0x',
    `0x${'ab'.repeat(31)}`,
    'ab'.repeat(32),
    `0x${'ab'.repeat(33)}`,
    `0x${'zz'.repeat(32)}`,
    undefined,
  ];
  it.each(['SIGNER_KEY', 'SEED_SECRET'] as const)('a wrong %s is refused with its mend and without its value', (name) => {
    const zeroOrOrder = name === 'SIGNER_KEY' ? [`0x${'00'.repeat(32)}`, `0x${'ff'.repeat(32)}`] : [];
    for (const value of [...secrets, ...zeroOrOrder]) {
      const attempt = () => parseKeys({ ...whole, [name]: value });
      expect(attempt).toThrow(new RegExp(`^${name} .*assay -- keys`));
      for (const part of ['hunter2', 'abab', 'zzzz', 'ffff', KEY.slice(2, 10), '5eedc0de']) expect(attempt).not.toThrow(part);
    }
  });

  it('that is wrong is kept for /health by each tick, and stops nothing else', async () => {
    const [trouble] = await onCron({ ...env, CHAIN_ID: 'x' }, Date.now());
    expect(trouble).toMatchObject({ step: 'join', code: 'misconfigured' });
    expect(await bindings.DB.prepare('SELECT message FROM troubles').first('message')).toBe(trouble?.message);
    expect(await onCron({ ...env, ROLE: 'auditor' }, Date.now())).toMatchObject([{ step: 'join', code: 'misconfigured' }]);
  });
});

describe('a gateway', () => {
  const gateway: Env = { ...env, ...{ ROLE: 'gateway', VALIDATOR_ADDRESS: '', SIGNER_KEY: '', SEED_SECRET: '' } };

  it('runs the network’s part alone, each step with its own trouble', async () => {
    await joined();
    const troubles = await onCron(gateway, 1000 * (CLOCK.genesis + 100 * 30));
    expect(new Set(troubles.map(({ step }) => step))).toEqual(new Set(['observe', 'adopt', 'mirror']));
    expect(troubles.filter(({ message }) => !message.includes('RPC'))).toEqual([]);
    const { results } = await bindings.DB.prepare('SELECT step FROM troubles ORDER BY step').all();
    expect(results.map(({ step }) => step)).toEqual(['adopt', 'mirror', 'observe']);
  });

  it('says so in /health, and a validator says what it is', async () => {
    await joined();
    const { fetch } = createWorker();
    for (const role of ['gateway', 'validator'] as const) {
      const its = { ...gateway, ROLE: role, VALIDATOR_ADDRESS: role === 'gateway' ? '' : env.VALIDATOR_ADDRESS };
      const { SIGNER_KEY: _key, ...keyless } = its;
      const answer = await fetch(new Request('https://assay.test/health'), keyless, createExecutionContext());
      expect([answer.status, await answer.json()]).toMatchObject([200, { status: 'ok', role }]);
    }
  });

  it('has no chunks to audit', async () => {
    const messages = [{ id: '0', timestamp: new Date(), attempts: 1, body: { epoch: 5, slot: 0, chunk: 0 } }];
    await expect(onQueue(gateway, createMessageBatch('assay-audits', messages))).rejects.toThrow(/^ROLE /);
  });
});

describe('a Worker with ports replaced', () => {
  it('uses what stands in, for HTTP, the clock and the queue', async () => {
    await joined();
    const used: string[] = [];
    const spy =
      <T>(name: string) =>
      (ports: T): T => {
        used.push(name);
        return ports;
      };
    const worker = createWorker({ ports: spy('ports'), network: spy('network'), web: spy('web') });
    const whole = { ...env, SIGNER_KEY: bindings.SIGNER_KEY ?? '', SEED_SECRET: bindings.SEED_SECRET ?? '' };
    await worker.fetch(new Request('https://assay.test/health'), whole, createExecutionContext());
    await worker.queue(createMessageBatch('assay-audits', []), whole);
    await worker.scheduled({ scheduledTime: 0, cron: '', noRetry: () => undefined }, whole);
    expect(used).toEqual(['web', 'ports', 'ports', 'network']);
  });
});
