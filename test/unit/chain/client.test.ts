// The client: which deployment it talks to, how it fails, and that no message of its holds an RPC's URL.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assertDeployment, registryClient } from '../../../chain/client.ts';
import { readClock } from '../../../chain/clock.ts';
import { ChainError } from '../../../chain/errors.ts';
import { PAGE_ENTRIES_MAX, RESPONSE_BYTES_MAX } from '../../../chain/limits.ts';
import { readNodes } from '../../../chain/nodes.ts';
import type { Hex } from '../../../protocol/bytes.ts';
import {
  CHAIN_ID,
  DEPLOYER,
  GENESIS,
  REPORT_SECONDS,
  SLOTS_PER_EPOCH,
  SLOT_SECONDS,
  startNetwork,
  type Network,
} from './network.ts';

const SECRET_PATH = 'api-key-0f1e2d';
let network: Network;
let closed: string; // a port where nobody listens
const servers: Server[] = [];

/** An RPC that answers every request with this body. */
async function fakeRpc(body: string, status = 200): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/${SECRET_PATH}`;
}

const clientOf = (rpcUrls: readonly string[], registry: Hex = network.registry, chainId = CHAIN_ID) =>
  registryClient({ rpcUrls, chainId, registry, timeoutMs: 2_000 });

async function failure(action: Promise<unknown>): Promise<ChainError> {
  const error: unknown = await action.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ChainError)) throw new Error(`expected a ChainError, got ${String(error)}`);
  expect(error.message).not.toContain(SECRET_PATH);
  expect(error.message).not.toContain('127.0.0.1');
  return error;
}

beforeAll(async () => {
  network = await startNetwork();
  closed = await fakeRpc('');
  const server = servers.pop();
  await new Promise((resolve) => server?.close(resolve));
}, 240_000);

afterAll(async () => {
  await network.stop();
  for (const server of servers) server.close();
});

test('a right deployment passes, and its clock is readable', async () => {
  await assertDeployment(network.client);
  expect(await readClock(network.client)).toEqual({
    genesis: GENESIS,
    slotSeconds: SLOT_SECONDS,
    slotsPerEpoch: SLOTS_PER_EPOCH,
    reportSeconds: REPORT_SECONDS,
  });
});

test('the registry of the vectors is the first contract of the first account', () => {
  expect(network.registry).toBe('0x5fbdb2315678afecb367f032d93f642f64180aa3');
});

test('another chain is named with both numbers', async () => {
  const error = await failure(assertDeployment(clientOf([network.url], network.registry, 1)));
  expect(error.code).toBe('wrong_chain');
  expect(error.message).toContain('31337');
});

test('an address without code', async () => {
  expect((await failure(assertDeployment(clientOf([network.url], DEPLOYER)))).code).toBe('no_code');
  expect((await failure(readClock(clientOf([network.url], DEPLOYER)))).code).toBe('no_code');
});

test('code that is no registry', async () => {
  const returnsNothing: Hex = '0x6001600c60003960016000f300'; // its code is a single STOP
  const { created } = await network.send(DEPLOYER, returnsNothing, null);
  if (created === null) throw new Error('not created');
  expect((await failure(assertDeployment(clientOf([network.url], created)))).code).toBe('not_registry');
});

test('RPCs that are down, broken or too talkative are "unreachable", and never named', async () => {
  const broken = await fakeRpc('<html>', 502);
  const huge = await fakeRpc(JSON.stringify({ jsonrpc: '2.0', id: 1, result: `0x${'00'.repeat(RESPONSE_BYTES_MAX)}` }));
  for (const url of [closed, broken, huge]) {
    expect((await failure(assertDeployment(clientOf([url])))).code, url).toBe('unreachable');
    expect(['unreachable', 'bad_response'], url).toContain((await failure(readNodes(clientOf([url]), 2))).code);
  }
});

test('an answer that is no ABI encoding is refused', async () => {
  const nonsense = await fakeRpc(JSON.stringify({ jsonrpc: '2.0', id: 1, result: '0x01' }));
  expect((await failure(readClock(clientOf([nonsense])))).code).toBe('bad_response');
});

test('the next RPC takes over from one that is down', async () => {
  const client = clientOf([closed, network.url]);
  await assertDeployment(client);
  expect((await readClock(client)).genesis).toBe(GENESIS);
});

test('arguments are checked', async () => {
  expect(() => clientOf([])).toThrow(ChainError);
  expect(() => clientOf(Array.from({ length: 9 }, () => network.url))).toThrow(ChainError);
  expect(() => clientOf([network.url], '0x12')).toThrow(ChainError);
  expect((await failure(readNodes(network.client, -1))).code).toBe('bad_argument');
});

test('a page of the longest URLs fits into a response', () => {
  const nodeBytes = 32 * (10 + 1 + 7); // head, length, 200 bytes of URL
  expect(2 * PAGE_ENTRIES_MAX * nodeBytes).toBeLessThan(RESPONSE_BYTES_MAX / 4);
});
