// RPCs that lie, lag or are away, before a real chain: two that differ freeze nothing, one that lies for a while costs the epoch and never
// the stake.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toFunctionSelector, getAbiItem } from 'viem';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { auditRegistryAbi as abi } from '../../../schema/abi/AuditRegistry.ts';
import { policyHash } from '../../../protocol/policy.ts';
import { seedFromBase } from '../../../protocol/seed.ts';
import { chainNetwork } from '../../../workers/adapters/chain-network.ts';
import { chainRegistry } from '../../../workers/adapters/chain-registry.ts';
import { falseFact } from '../../../workers/services/facts.ts';
import { freezeEpoch } from '../../../workers/services/freeze.ts';
import type { Context, Ports } from '../../../workers/services/ports.ts';
import { VALIDATOR_MIN } from '../../support/deploy.ts';
import { smallPolicy } from '../../support/world.ts';
import {
  CHAIN_LENGTH,
  addressFor,
  makeReport,
  encodeSigned,
  registerNode,
  registerValidator,
  testValidator,
} from '../chain/actors.ts';
import { CHAIN_ID, startNetwork, type Network } from '../chain/network.ts';
import { memoryLedger } from './memory.ts';
import { openValidator } from './rig.ts';

const KEY = 'api-key-0f1e2d';
const EPOCH = 5;
const alice = testValidator('alice');
type View = 'policyAt' | 'nodesAt' | 'currentEpoch' | 'validatorAt' | 'SLOTS_PER_EPOCH' | 'activeSetAt';
type Lies = Partial<Record<View, (result: string) => string>>;

let network: Network;
let nodeId: string;
let lies: Lies = {};
const servers: Server[] = [];
let liar: string;
let closed: string;

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

type Call = { readonly method: string; readonly params: readonly [{ readonly data?: string }] };

/** The honest chain, but for the views that `lies` has another word for. */
async function lyingRpc(): Promise<string> {
  const server = createServer((request, response) => {
    void (async () => {
      const body = await textOf(request);
      const { method, params } = JSON.parse(body) as Call;
      const answer = await fetch(network.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      const said = (await answer.json()) as { result?: unknown };
      const view = method !== 'eth_call' ? undefined : views.find((name) => params[0].data?.startsWith(selectorOf(name)));
      const lie = view === undefined ? undefined : lies[view];
      if (lie !== undefined && typeof said.result === 'string') said.result = lie(said.result);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
    })();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/${KEY}`;
}

const views: readonly View[] = [
  ...(['policyAt', 'nodesAt', 'currentEpoch', 'validatorAt', 'SLOTS_PER_EPOCH', 'activeSetAt'] as const),
];
const selectorOf = (name: View): string => toFunctionSelector(getAbiItem({ abi, name }));
const asWord = (value: number): string => `0x${value.toString(16).padStart(64, '0')}`;
const other = (text: string): string => `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`;

const stakeWord = VALIDATOR_MIN.toString(16).padStart(64, '0');
/** An empty list, as the ABI has it. */
const noSeats = (): string => `${asWord(32)}${asWord(0).slice(2)}`;
const anotherNode = (result: string): string => result.replace(nodeId.slice(2), 'ee'.repeat(32));

beforeAll(async () => {
  network = await startNetwork(policyHash(smallPolicy));
  await registerValidator(network, alice);
  const claims = { url: 'https://n.example', gpuClass: 'tiny', vramMiB: 1 };
  ({ nodeId } = await registerNode(network, 'n', addressFor('provider'), claims));
  await network.goTo(EPOCH);
  liar = await lyingRpc();
  closed = await lyingRpc();
  const gone = servers.pop();
  await new Promise((resolve) => gone?.close(resolve));
}, 240_000);

afterAll(async () => {
  for (const server of servers) server.close();
  await network.stop();
});

beforeEach(() => {
  lies = {};
});

const where = (rpcUrls: readonly string[]) => ({ rpcUrls, chainId: CHAIN_ID, registry: network.registry });

/** Alice's Worker with these RPCs, and an empty database or the one given. */
async function workerOf(rpcUrls: readonly string[], { ledger } = memoryLedger([])): Promise<Context> {
  const rig = await openValidator();
  const registry = chainRegistry({ ...where(rpcUrls), validator: alice.operator });
  const keys: Ports['keys'] = {
    signer: alice.signer,
    sign: () => '0x',
    seed: ({ epoch, seedBase }) => {
      const seed = seedFromBase(alice.secret, CHAIN_LENGTH, seedBase, epoch);
      if (seed === null) throw new Error('not on the chain of seeds');
      return seed;
    },
  };
  const { clock } = await chainRegistry({ ...where([network.url]), validator: alice.operator }).deployment();
  return { ...rig.with({ registry, ledger, keys }), clock };
}

async function refusal(action: Promise<unknown>): Promise<{ code: unknown; message: string }> {
  const error: unknown = await action.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  );
  const { code, message } = error as { code?: unknown; message: string };
  expect(message).not.toContain(KEY);
  expect(message).not.toContain('127.0.0.1');
  return { code, message };
}

const freezing: [string, Lies, RegExp][] = [
  ['the seats', { activeSetAt: noSeats }, /the seats of epoch 5: one has 1 entries, the other 0/],
  ['a node in the same place', { nodesAt: (result) => anotherNode(result) }, /the nodes of epoch 5: entry 0 has another nodeId/],
  ['the policy', { policyAt: other }, /the policy of epoch 5: one says 0x/],
  [
    'who signs',
    { validatorAt: (result) => result.replace(alice.signer.slice(2), 'ab'.repeat(20)) },
    /this validator’s signer of epoch 5/,
  ],
];

it.each(freezing)('two that differ about %s freeze nothing, in whichever order', async (_what, said, why) => {
  lies = said;
  for (const urls of [
    [network.url, liar],
    [liar, network.url],
  ]) {
    const worker = await workerOf(urls);
    const { code, message } = await refusal(freezeEpoch(worker, EPOCH));
    expect(code).toBe('disagreeing');
    if (urls[0] === network.url) expect(message).toMatch(why);
    expect(message).toMatch(/^RPCs 1 and 2 of RPC_URL differ about/);
    expect(await worker.ports.ledger.epoch(EPOCH)).toBeNull();
  }
});

it('two that differ about the network’s clock, or its seats, are not believed either', async () => {
  lies = { SLOTS_PER_EPOCH: () => asWord(11), activeSetAt: (result) => result.replaceAll(stakeWord, asWord(1).slice(2)) };
  const urls = [network.url, liar];
  const registry = chainRegistry({ ...where(urls), validator: alice.operator });
  expect(await refusal(registry.deployment())).toMatchObject({ code: 'disagreeing' });
  expect(await refusal(chainNetwork(where(urls)).seats(EPOCH))).toMatchObject({ code: 'disagreeing' });
  lies = { policyAt: other, nodesAt: anotherNode };
  expect(await refusal(chainNetwork(where(urls)).policyHash(EPOCH))).toMatchObject({ code: 'disagreeing' });
  expect(await refusal(chainNetwork(where(urls)).nodes(EPOCH))).toMatchObject({ code: 'disagreeing' });
});

it('honest ones agree, also when one of them is down or lags', async () => {
  lies = {};
  expect(await freezeEpoch(await workerOf([network.url, liar]), EPOCH)).toBe('frozen');
  expect(await freezeEpoch(await workerOf([closed, network.url]), EPOCH)).toBe('frozen');
  lies = { currentEpoch: () => asWord(2), nodesAt: anotherNode, activeSetAt: noSeats };
  expect(await freezeEpoch(await workerOf([liar, network.url]), EPOCH)).toBe('frozen');
});

it('none that answers, or only one that lags, is said so', async () => {
  expect(await refusal(freezeEpoch(await workerOf([closed, closed]), EPOCH))).toMatchObject({ code: 'unreachable' });
  lies = { currentEpoch: () => asWord(2) };
  expect(await refusal(freezeEpoch(await workerOf([closed, liar]), EPOCH))).toMatchObject({ code: 'behind' });
});

it('the base of the seed may be newer with one than with another, if both are of one chain', async () => {
  await network.goTo(EPOCH + 1);
  const registry = chainRegistry({ ...where([network.url, liar]), validator: alice.operator });
  const before = await registry.seedBase(EPOCH + 1);
  const report = await makeReport(network, alice, EPOCH);
  await network.send(addressFor('reporter'), encodeSigned(network, alice, report));
  expect(await registry.seedBase(EPOCH + 1)).toEqual({ epoch: EPOCH, seed: report.seed });
  expect(before?.epoch).toBeLessThan(EPOCH);
});

it.each(freezing.slice(0, 3))(
  'one that lies about %s at the freezing only is found out before the report',
  async (_what, said) => {
    lies = said;
    const memory = memoryLedger(await chainRegistry({ ...where([liar]), validator: alice.operator }).nodes(EPOCH));
    const worker = { ...(await workerOf([liar], memory)), policyOf: () => smallPolicy };
    expect(await freezeEpoch(worker, EPOCH)).toBe('frozen'); // nobody else is there to ask
    const entry = await memory.ledger.epoch(EPOCH);
    if (entry === null) throw new Error('not frozen');
    expect(await falseFact(worker, entry)).toBeNull();
    lies = {};
    expect(await falseFact(worker, entry)).not.toBeNull();
  },
);
