// Consensus roots, posted and read through anvil: what is stored, what the event holds, policies, and refusals by name.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, custom, type EIP1193RequestFn } from 'viem';
import { readNewestPolicyHash, readPolicyHash } from '../../../chain/clock.ts';
import { readLastRoot, readPostedRoot, readRoot } from '../../../chain/roots.ts';
import { compactSignature, fullSignature } from '../../../chain/signatures.ts';
import { encodePostEpoch, revertName } from '../../../chain/transactions.ts';
import { rootDigest, rootHash } from '../../../protocol/consensus/root.ts';
import { recoverSigner } from '../../../protocol/signer.ts';
import { addressFor, encodeSignedRoot, makeRoot, registerValidator, signRoot, testValidator, word } from './actors.ts';
import { CHAIN_ID, POLICY_HASH, startNetwork, type Network } from './network.ts';

const validators = ['a', 'b', 'c', 'd'].map(testValidator);
const [, b, c, d] = validators;
const sender = addressFor('any sender');
const NEXT_POLICY = word('another policy');
const first = makeRoot(2);
const second = makeRoot(5, { round: 1, previousRoot: rootHash(first), policyHash: NEXT_POLICY });
let network: Network;

const refusal = async (...encoded: Parameters<typeof encodeSignedRoot>): Promise<string | null> =>
  revertName((await network.refusal(sender, encodeSignedRoot(...encoded))) ?? '0x');

beforeAll(async () => {
  network = await startNetwork();
  for (const validator of validators) await registerValidator(network, validator);
  await network.goTo(4);
}, 240_000);

afterAll(() => network.stop());

test('there is none before the first', async () => {
  expect(await readRoot(network.client, 2)).toBeNull();
  expect(await readPostedRoot(network.client, 2)).toBeNull();
  expect(await readLastRoot(network.client)).toBeNull();
});

test('a root that a quorum signed is stored, and readable whole with its signatures', async () => {
  const signers = [null, b ?? null, c ?? null, d ?? null];
  expect(await refusal(network, first, [null, null, c ?? null, d ?? null])).toBe('NoQuorum');
  const { block } = await network.send(sender, encodeSignedRoot(network, first, signers));
  const hash = rootHash(first);
  const { scoreRoot, rewardRoot, penaltyRoot } = first;
  const stored = { rootHash: hash, scoreRoot, rewardRoot, penaltyRoot, round: 0, provisional: false, previousEpoch: null };
  expect(await readRoot(network.client, 2)).toMatchObject({ ...stored, blockNumber: block });
  const posted = await readPostedRoot(network.client, 2);
  expect(posted).toMatchObject({ ...stored, root: first, seats: 0b1110 });
  const digest = rootDigest({ chainId: CHAIN_ID, registry: network.registry }, first);
  expect(posted?.signatures.map((signature) => recoverSigner(digest, fullSignature(signature)))).toEqual(
    [b, c, d].map((validator) => validator?.signer),
  );
  expect(await readLastRoot(network.client)).toEqual({ epoch: 2, rootHash: hash });
  expect(await refusal(network, first, signers)).toBe('AlreadyPosted');
  expect(await refusal(network, { ...first, scoreRoot: word('x') }, signers)).toBe('OtherRootStands');
});

test('the next names the one before, and brings its policy into force two epochs later', async () => {
  await network.goTo(6);
  expect(await refusal(network, second, validators)).toBe('RevealNotReached');
  await network.goTo(7);
  expect(await refusal(network, { ...second, previousRoot: word('x') }, validators)).toBe('WrongPreviousRoot');
  await network.send(sender, encodeSignedRoot(network, second, validators));
  expect(await readRoot(network.client, 5)).toMatchObject({ previousEpoch: 2, round: 1 });
  expect(await readPolicyHash(network.client, 8)).toBe(POLICY_HASH);
  expect(await readPolicyHash(network.client, 9)).toBe(NEXT_POLICY);
  expect(await readNewestPolicyHash(network.client)).toBe(NEXT_POLICY);
});

test('an event that does not hash to what is stored is not believed', async () => {
  const request: EIP1193RequestFn = async (asked) => {
    const answer: unknown = await (network.client.rpc.request as EIP1193RequestFn)(asked as never);
    if (asked.method !== 'eth_getLogs') return answer as never;
    return JSON.parse(JSON.stringify(answer).replaceAll(word('nodes').slice(2), word('lies').slice(2))) as never;
  };
  const lying = { ...network.client, rpc: createClient({ transport: custom({ request }, { retryCount: 0 }) }) };
  await expect(readPostedRoot(lying, 5)).rejects.toThrow(/no log of the root in block \d+/);
});

test('signatures go into 64 bytes and back; as many are needed as the bitmap names', () => {
  const { seats, signatures } = signRoot(network, first, validators);
  for (const signature of signatures) {
    expect(fullSignature(compactSignature(signature))).toBe(signature);
    expect(compactSignature(compactSignature(signature))).toBe(compactSignature(signature));
  }
  expect(() => encodePostEpoch(first, seats, signatures.slice(1))).toThrow('one signature for each seat');
  expect(() => encodePostEpoch(first, 2 ** 31, signatures.slice(3))).toThrow('one signature for each seat');
  const [one = '0x'] = signatures;
  const bad = ['0x', one.slice(0, -1), `${one.slice(0, -2)}1d`, `0x${'ff'.repeat(64)}1b`] as const;
  for (const signature of bad) expect(() => compactSignature(signature as `0x${string}`)).toThrow('65 bytes r, s, v');
});
