// Nodes, written and read through anvil: pages, versions by epoch, refusals by name.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requireFinal } from '../../../chain/clock.ts';
import { readNodes } from '../../../chain/nodes.ts';
import { encodeRegisterNode, encodeRetireNode, encodeUpdateNode, revertName } from '../../../chain/transactions.ts';
import { className, classWord } from '../../../chain/values.ts';
import type { Hex } from '../../../protocol/bytes.ts';
import { addressFor, registerNode, testNode, type TestNode } from './actors.ts';
import { startNetwork, type Network } from './network.ts';

const COUNT = 203; // three pages
const operator = addressFor('provider');
const claims = { url: 'https://node.example', gpuClass: 'demo-cpu', vramMiB: 24_576 };
let network: Network;
const nodes: TestNode[] = [];

beforeAll(async () => {
  network = await startNetwork();
  for (let i = 0; i < COUNT; i++)
    nodes.push(await registerNode(network, `n${String(i)}`, operator, { ...claims, url: `${claims.url}/${String(i)}` }));
}, 240_000);

afterAll(() => network.stop());

test('all pages of an epoch, in order of index', async () => {
  expect(await readNodes(network.client, 1)).toEqual([]);
  const read = await readNodes(network.client, 2);
  expect(read).toEqual(
    nodes.map(({ nodeId, publicKey }, index) => ({
      index,
      nodeId,
      operator,
      publicKey,
      url: `https://node.example/${String(index)}`,
      gpuClass: 'demo-cpu',
      vramMiB: 24_576,
      retired: false,
    })),
  );
});

test('a receipt for another operator, and a key for the second time, are refused by name', async () => {
  const stranger = addressFor('stranger');
  const fresh = testNode(network, 'fresh', operator);
  await network.stake(stranger, fresh.nodeId);
  const data = encodeRegisterNode({ ...claims, ...fresh });
  expect(revertName((await network.refusal(stranger, data)) ?? '0x')).toBe('NoProofOfPossession');
  const [known] = nodes;
  if (known === undefined) throw new Error('no node');
  expect(revertName((await network.refusal(operator, encodeRegisterNode({ ...claims, ...known }))) ?? '0x')).toBe('NodeExists');
});

test('a node without a bond is refused by name', async () => {
  const poor = testNode(network, 'poor', operator);
  const data = encodeRegisterNode({ ...claims, ...poor });
  expect(revertName((await network.refusal(operator, data)) ?? '0x')).toBe('StakeTooLow');
});

test('changes and retirement show two epochs later; unknown class bytes are no name', async () => {
  await network.goTo(5);
  const [first, second, third] = nodes;
  if (first === undefined || second === undefined || third === undefined) throw new Error('no nodes');
  await network.send(
    operator,
    encodeUpdateNode(first.nodeId, { url: 'https://moved.example', gpuClass: 'h100-sxm', vramMiB: 81_920 }),
  );
  await network.send(operator, encodeRetireNode(second.nodeId));
  // a class that no name of ours encodes: one unprintable byte
  const odd = encodeUpdateNode(third.nodeId, claims).replace(classWord('demo-cpu').slice(2), `07${'00'.repeat(31)}`) as Hex;
  await network.send(operator, odd);
  const before = await readNodes(network.client, 6);
  expect(before.slice(0, 3).map(({ retired, gpuClass }) => [retired, gpuClass])).toEqual(Array(3).fill([false, 'demo-cpu']));
  const after = await readNodes(network.client, 7);
  expect(after).toHaveLength(COUNT);
  expect(after[0]).toMatchObject({ url: 'https://moved.example', gpuClass: 'h100-sxm', vramMiB: 81_920 });
  expect(after[1]?.retired).toBe(true);
  expect(after[2]?.gpuClass).toBeNull();
});

test('the set of the next epoch is final, that of the one after it is not', async () => {
  await network.goTo(8);
  await expect(requireFinal(network.client, 8)).resolves.toBeUndefined();
  await expect(requireFinal(network.client, 9)).resolves.toBeUndefined();
  await expect(requireFinal(network.client, 10)).rejects.toMatchObject({ code: 'behind' });
  await network.send(operator, encodeUpdateNode(nodes[3]?.nodeId ?? '0x', { ...claims, url: 'https://moved.example' }));
  expect((await readNodes(network.client, 9))[3]?.url).toBe('https://node.example/3');
  expect((await readNodes(network.client, 10))[3]?.url).toBe('https://moved.example');
});

test('class names go into 32 bytes and back', () => {
  for (const name of ['a', 'demo-cpu', 'x'.repeat(32)]) expect(className(classWord(name))).toBe(name);
  for (const name of ['', 'x'.repeat(33), 'with space', 'ü']) expect(() => classWord(name)).toThrow();
  for (const bad of ['00'.repeat(32), `6100${'62'.repeat(30)}`, `ff${'00'.repeat(31)}`]) expect(className(`0x${bad}`)).toBeNull();
});
