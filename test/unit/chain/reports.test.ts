// Reports, posted and read through anvil: what is stored, what the event holds, the seed's base, and a second copy's refusal.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, custom, type EIP1193RequestFn } from 'viem';
import { readLastReport, readPostedReport, readPreviousHash, readReport, readSeedBase } from '../../../chain/reports.ts';
import { encodeRotateSeed, revertName } from '../../../chain/transactions.ts';
import { reportHash } from '../../../protocol/report.ts';
import { ZERO32 } from '../../../protocol/bytes.ts';
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
  await network.goTo(3);
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
  await network.goTo(4);
  const first = await makeReport(network, alice, 3);
  const data = encodeSigned(network, alice, first);
  const { block } = await network.send(sender, data);
  const stored = await readReport(network.client, alice.operator, 3);
  expect(stored).toMatchObject({
    ...{ reportHash: reportHash(first), due: 120, done: 118, previousEpoch: null, blockNumber: block },
  });
  expect(await readLastReport(network.client, alice.operator)).toEqual({
    epoch: 3,
    seed: first.seed,
    reportHash: reportHash(first),
  });
  expect((await readPostedReport(network.client, alice.operator, 3))?.report).toEqual(first);

  await network.goTo(8);
  const second = await makeReport(network, alice, 7);
  expect(second.previous).toBe(reportHash(first));
  await network.send(sender, encodeSigned(network, alice, second));
  const after = await readReport(network.client, alice.operator, 7);
  if (stored === null || after === null) throw new Error('nothing stored');
  expect(after.previousEpoch).toBe(3);
  expect(await readPreviousHash(network.client, alice.operator, stored)).toBe(ZERO32);
  expect(await readPreviousHash(network.client, alice.operator, after)).toBe(reportHash(first));

  // to a sender whose first try went through unnoticed, "again" is success
  expect(revertName((await network.refusal(sender, data)) ?? '0x')).toBe('AlreadyReported');
  const other = encodeSigned(network, alice, { ...second, auditRoot: word('other') });
  expect(revertName((await network.refusal(sender, other)) ?? '0x')).toBe('OtherReportStands');
});

test('every posted seed verifies from its base, after posting as before', async () => {
  for (const epoch of [3, 7]) {
    const base = await readSeedBase(network.client, alice.operator, epoch);
    const posted = await readPostedReport(network.client, alice.operator, epoch);
    if (base === null || posted === null) throw new Error('nothing stored');
    expect(base.epoch).toBe(epoch === 3 ? 1 : 3);
    expect(verifySeed(posted.report.seed, epoch, base)).toBe(true);
  }
  // for an epoch that was left out, and for one to come
  expect((await readSeedBase(network.client, alice.operator, 5))?.epoch).toBe(3);
  expect((await readSeedBase(network.client, alice.operator, 8))?.epoch).toBe(7);
});

test('an event that does not hash to what is stored is not believed', async () => {
  const request: EIP1193RequestFn = async (asked) => {
    const answer: unknown = await (network.client.rpc.request as EIP1193RequestFn)(asked as never);
    if (asked.method !== 'eth_getLogs') return answer as never;
    // the report's due count, a word of its own
    const due = `${'0'.repeat(62)}78`;
    return JSON.parse(JSON.stringify(answer).replace(due, `${'0'.repeat(62)}79`)) as never;
  };
  const lying = { ...network.client, rpc: createClient({ transport: custom({ request }, { retryCount: 0 }) }) };
  expect(await readReport(lying, alice.operator, 7)).toMatchObject({ due: 120 });
  await expect(readPostedReport(lying, alice.operator, 7)).rejects.toThrow(/no log of the report in block \d+/);
});

test('a report after its deadline is refused by name', async () => {
  await network.goTo(10);
  const late = encodeSigned(network, alice, await makeReport(network, alice, 8));
  expect(revertName((await network.refusal(sender, late)) ?? '0x')).toBe('ReportTooLate');
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
