// Reports, posted and read through anvil: what is stored, the seed's base, and a second copy's refusal.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, custom, toFunctionSelector, type EIP1193RequestFn } from 'viem';
import { readLastReport, readPostedReport, readPostedSeedBase, readReport, readSeedBase } from '../../../chain/reports.ts';
import { encodeRotateSeed, revertName } from '../../../chain/transactions.ts';
import { reportHash } from '../../../protocol/report.ts';
import { seedTip, verifySeed } from '../../../protocol/seed.ts';
import {
  CHAIN_LENGTH,
  addressFor,
  encodeSigned,
  makeReport,
  registerNode,
  registerValidator,
  testValidator,
  word,
} from './actors.ts';
import { startNetwork, type Network } from './network.ts';

const alice = testValidator('alice');
const sender = addressFor('any sender');
let network: Network;

beforeAll(async () => {
  network = await startNetwork();
  await registerValidator(network, alice);
  await registerNode(network, 'n', sender, { url: 'https://n.example', gpuClass: 'demo-cpu', vramMiB: 1 });
  await network.goTo(10);
}, 240_000);

afterAll(() => network.stop());

test('nothing is there before the first report but the base of its seed', async () => {
  expect(await readReport(network.client, alice.operator, 3)).toBeNull();
  expect(await readPostedReport(network.client, alice.operator, 3)).toBeNull();
  expect(await readLastReport(network.client, alice.operator)).toBeNull();
  expect(await readSeedBase(network.client, alice.operator, 3)).toEqual({ epoch: 1, seed: seedTip(alice.secret, CHAIN_LENGTH) });
  expect(await readSeedBase(network.client, alice.operator, 1)).toBeNull();
  expect(await readSeedBase(network.client, sender, 3)).toBeNull();
});

test('reports that protocol/ makes and signs are accepted, stored and readable whole', async () => {
  const first = await makeReport(network, alice, 3);
  const data = encodeSigned(network, alice, first);
  const { block } = await network.send(sender, data);
  const stored = await readReport(network.client, alice.operator, 3);
  expect(stored).toMatchObject({
    reportHash: reportHash(first),
    auditRoot: first.auditRoot,
    due: 120,
    done: 118,
    previousEpoch: null,
    blockNumber: block,
  });
  expect(await readLastReport(network.client, alice.operator)).toEqual({
    epoch: 3,
    seed: first.seed,
    reportHash: reportHash(first),
  });
  expect((await readPostedReport(network.client, alice.operator, 3))?.report).toEqual(first);

  const second = await makeReport(network, alice, 7);
  expect(second.previous).toBe(reportHash(first));
  await network.send(sender, encodeSigned(network, alice, second));
  expect((await readReport(network.client, alice.operator, 7))?.previousEpoch).toBe(3);

  // to a sender whose first try went through unnoticed, "again" is success
  expect(revertName((await network.refusal(sender, data)) ?? '0x')).toBe('AlreadyReported');
  const other = encodeSigned(network, alice, { ...second, auditRoot: word('other') });
  expect(revertName((await network.refusal(sender, other)) ?? '0x')).toBe('OtherReportStands');
});

test('every posted seed verifies from its base, after posting as before', async () => {
  for (const epoch of [3, 7]) {
    const base = await readSeedBase(network.client, alice.operator, epoch);
    const stored = await readReport(network.client, alice.operator, epoch);
    if (base === null || stored === null) throw new Error('nothing stored');
    expect(base.epoch).toBe(epoch === 3 ? 1 : 3);
    expect(verifySeed(stored.seed, epoch, base)).toBe(true);
  }
  expect((await readSeedBase(network.client, alice.operator, 5))?.epoch).toBe(3);
});

test('the base of a posted report is found without the walk, where the seed leads to the report before', async () => {
  const [first, second] = await Promise.all([3, 7].map((epoch) => readReport(network.client, alice.operator, epoch)));
  if (first === null || first === undefined || second === null || second === undefined) throw new Error('nothing stored');
  const seedBase = toFunctionSelector('seedBase(address,uint64)');
  const request: EIP1193RequestFn = async (asked) => {
    if (JSON.stringify(asked).includes(seedBase)) throw new Error('gas required exceeds allowance');
    return (network.client.rpc.request as EIP1193RequestFn)(asked as never);
  };
  const noWalk = { ...network.client, rpc: createClient({ transport: custom({ request }, { retryCount: 0 }) }) };
  expect(await readPostedSeedBase(noWalk, alice.operator, 7, second, first)).toEqual({ epoch: 3, seed: first.seed });
  await expect(readPostedSeedBase(noWalk, alice.operator, 3, first, null)).rejects.toThrow('seedBase');
  // as after a rotation: the seed before isn't of this report's chain
  const other = { ...first, seed: word('another chain') };
  expect(await readPostedSeedBase(network.client, alice.operator, 7, second, other)).toEqual({ epoch: 3, seed: first.seed });
  await expect(readPostedSeedBase(noWalk, alice.operator, 7, second, other)).rejects.toThrow('seedBase');
});

test('a rotation is the base from its effect epoch on', async () => {
  await network.send(alice.operator, encodeRotateSeed(word('new tip')));
  expect((await readSeedBase(network.client, alice.operator, 11))?.epoch).toBe(7);
  expect(await readSeedBase(network.client, alice.operator, 12)).toEqual({ epoch: 11, seed: word('new tip') });
});

test('data that is no error of the registry has no name', () => {
  expect(revertName('0x')).toBeNull();
  expect(revertName('0x12345678')).toBeNull();
});
