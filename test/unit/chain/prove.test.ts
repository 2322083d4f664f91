// Faults proven on anvil from what offenders signed, through the same calldata that Workers and the command line send.
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeProve } from '../../../chain/prove.ts';
import { beaconKeyWords, uncompressedG1 } from '../../../chain/signatures.ts';
import { encodeExecuteSlash } from '../../../chain/stake-calls.ts';
import { VALIDATOR_STAKE, readProven, readSlashes, readStake } from '../../../chain/stakes.ts';
import { revertName } from '../../../chain/transactions.ts';
import { faultOf, type FaultProof } from '../../../protocol/fault-proof.ts';
import { concat, fromHex, toHex } from '../../../protocol/bytes.ts';
import { faultKey } from '../../../protocol/faults.ts';
import { policyHash } from '../../../protocol/policy.ts';
import type { EpochReport } from '../../../protocol/report.ts';
import { MEMBER_STEP } from '../../../protocol/schedule.ts';
import { VALIDATOR_MIN } from '../../support/deploy.ts';
import { beacon, smallPolicy } from '../../support/world.ts';
import {
  addressFor,
  encodeSigned,
  makeReport,
  registerNode,
  registerValidator,
  testValidator,
  word,
  type TestNode,
} from './actors.ts';
import { startNetwork, type Network } from './network.ts';
import { drawnIndex, signedChallenge, twoReceipts, twoReports, twoRoots } from './offences.ts';

const alice = testValidator('alice');
const provider = addressFor('provider');
const reporter = addressFor('reporter');
let network: Network;
let node: TestNode;
/** Two of one operator, the third of another. */
let nodes: TestNode[];
let report: EpochReport;

beforeAll(async () => {
  network = await startNetwork(policyHash(smallPolicy));
  await registerValidator(network, alice);
  const claims = { url: 'https://n.example', gpuClass: 'tiny', vramMiB: 1 };
  node = await registerNode(network, 'n', provider, claims);
  nodes = [
    node,
    await registerNode(network, 'm', provider, claims),
    await registerNode(network, 'o', addressFor('other'), claims),
  ];
  await network.goTo(4);
  report = await makeReport(network, alice, 3);
  await network.send(reporter, encodeSigned(network, alice, report));
}, 240_000);

afterAll(() => network.stop());

/** A field element in the 64 bytes of EIP-2537. */
const numberWords = (value: bigint): Uint8Array => fromHex(`0x${value.toString(16).padStart(128, '0')}`, 64);

const undrawn = (): FaultProof =>
  signedChallenge(network, alice, { report, policy: smallPolicy }, { slot: 99, draw: 0, nodeId: node.nodeId });

/** A challenge to a node by its index. */
const challengeOf = (index: number, draw: number, slot = 0): FaultProof =>
  signedChallenge(network, alice, { report, policy: smallPolicy }, { slot, draw, nodeId: nodes[index]?.nodeId ?? '0x' });

const refusal = async (proof: FaultProof): Promise<string | null> =>
  revertName((await network.refusal(reporter, encodeProve(proof), network.at.prover)) ?? '0x');

describe('a proof', () => {
  it.each([
    ['of two reports', () => twoReports(network, alice, report), 500_000],
    ['of two roots', () => twoRoots(network, alice, 3), 500_000],
    ['of an undrawn challenge', undrawn, 100_000],
    ['of two receipts', () => twoReceipts(network, 'n', node), 200_000],
  ])('%s queues its slash, once', async (_, make, ppm) => {
    const { client, at } = network;
    const proof = make();
    const key = faultKey(faultOf(proof));
    expect(await readProven(client, at, key)).toBe(false);
    await network.send(reporter, encodeProve(proof), at.prover);
    expect(await readProven(client, at, key)).toBe(true);
    const isNode = proof.kind === 'two-receipts';
    expect((await readSlashes(client, at)).at(-1)).toMatchObject({
      ...{ owner: isNode ? provider : alice.operator, id: isNode ? node.nodeId : VALIDATOR_STAKE, ppm, faultKey: key },
      ...{ executed: false, reporter },
    });
    expect(await refusal(proof)).toBe('AlreadyProven');
  });

  it('of what is no fault is refused by name', async () => {
    const other = undrawn();
    expect(await refusal(challengeOf(drawnIndex({ report, policy: smallPolicy }, { slot: 0, draw: 0 }), 0))).toBe(
      'ChallengeWasDrawn',
    );
    if (other.kind !== 'undrawn') throw new Error('not undrawn');
    expect(await refusal({ ...other, report: { ...report, due: 1 } })).toBe('NotThePostedReport');
    const policy = { ...smallPolicy, name: 'another' };
    expect(await refusal({ ...other, policy })).toBe('WrongPolicyText');
    const same = twoReports(network, alice, { ...report, auditRoot: word('other audits') });
    expect(await refusal(same)).toBe('SameReport');
  });

  it('sees the members of a cohort by their operator', async () => {
    const at = { report, policy: smallPolicy };
    const drawn = Array.from({ length: 20 }, (_, slot) => drawnIndex(at, { slot, draw: 0 }));
    const slot = drawn.findIndex((one) => one < 2);
    const index = drawn[slot] ?? 0;
    const sibling = 1 - index;
    for (const place of [1, 5]) {
      expect(await refusal(challengeOf(sibling, place * MEMBER_STEP, slot))).toBe('ChallengeWasDrawn');
    }
    // what is proven in this epoch already got as far as its key
    const undrawnOnes = [
      challengeOf(2, MEMBER_STEP, slot),
      challengeOf(index, MEMBER_STEP, slot),
      challengeOf(sibling, 6 * MEMBER_STEP, slot),
      challengeOf(sibling, 2 * MEMBER_STEP - 1, slot),
    ];
    for (const proof of undrawnOnes) expect(await refusal(proof)).toBe('AlreadyProven');
  });

  it('leads to a slash that is taken after its delay', async () => {
    const { client, at } = network;
    await network.goTo(6);
    await network.send(reporter, encodeExecuteSlash(0), at.stakes);
    expect((await readSlashes(client, at))[0]).toMatchObject({ slashId: 0, executed: true });
    expect((await readStake(client, at, alice.operator, VALIDATOR_STAKE)).bonded).toBe(VALIDATOR_MIN / 2n);
  });
});

describe('a round’s signature', () => {
  it('that is no point of the curve is not encoded', () => {
    expect(() => uncompressedG1(`0x${'ab'.repeat(48)}`)).toThrow("no point of the beacon's curve");
    expect(() => uncompressedG1('0x12')).toThrow("no point of the beacon's curve");
  });

  it('is the same point in both forms, as are public keys', () => {
    const { signature } = beacon.sign(7);
    const point = bls12_381.G1.Point.fromBytes(fromHex(signature, 48)).toAffine();
    expect(uncompressedG1(signature)).toBe(toHex(concat(numberWords(point.x), numberWords(point.y))));
    const { x, y } = bls12_381.G2.Point.fromBytes(fromHex(beacon.publicKey, 96)).toAffine();
    const words = [x.c0, x.c1, y.c0, y.c1].map((part) => toHex(numberWords(part)).slice(2)).join('');
    expect(
      beaconKeyWords(beacon.publicKey)
        .map((word) => word.slice(2))
        .join(''),
    ).toBe(words);
    expect(() => beaconKeyWords(`0x${'ab'.repeat(96)}`)).toThrow('no point of its curve');
  });
});
