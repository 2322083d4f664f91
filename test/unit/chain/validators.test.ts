// Validators, written and read through anvil: versions by epoch, signers, seats.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeRetireValidator, encodeUpdateValidator, revertName } from '../../../chain/transactions.ts';
import {
  readActiveSet,
  readSigners,
  readValidator,
  readValidatorCount,
  readValidators,
  requireValidator,
} from '../../../chain/validators.ts';
import { VALIDATOR_MIN } from '../../support/deploy.ts';
import { addressFor, registerValidator, testValidator } from './actors.ts';
import { startNetwork, type Network } from './network.ts';

const validators = Array.from({ length: 103 }, (_, i) => testValidator(`v${String(i)}`)); // two pages
const SEATS = 31;
const [alice = testValidator('v0'), bob = testValidator('v1')] = validators;
/** The first has more than the others, the second a little more. */
const stakes = validators.map((_, i) => VALIDATOR_MIN * (i === 0 ? 9n : i === 1 ? 2n : 1n));
let network: Network;

beforeAll(async () => {
  network = await startNetwork();
  for (const [i, validator] of validators.entries()) await registerValidator(network, validator, stakes[i]);
}, 240_000);

afterAll(() => network.stop());

test('registration is in effect two epochs later', async () => {
  const { operator, signer, url } = alice;
  expect(await readValidator(network.client, operator, 1)).toBeNull();
  expect(await readValidator(network.client, operator, 2)).toEqual({ operator, signer, url, active: true });
  expect(await readValidatorCount(network.client, 1)).toBe(0);
  expect(await readValidatorCount(network.client, 2)).toBe(SEATS);
});

test('seats are those of the first, in order, with capped weights', async () => {
  expect(await readActiveSet(network.client, 1)).toEqual([]);
  const set = await readActiveSet(network.client, 2);
  const expected = validators
    .slice(0, SEATS)
    .map(({ operator, signer, url }, i) => ({ operator, signer, url, stake: stakes[i] }));
  expect(set.map(({ weight: _, ...seat }) => seat)).toEqual(expected);
  expect(await readSigners(network.client, 1)).toEqual(new Map());
  expect([...(await readSigners(network.client, 2))]).toEqual(expected.map(({ operator, signer }) => [operator, signer]));
  const weights = set.map(({ weight }) => weight);
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  // 9 of 40 thousand is above a fifth: cut down to a fifth of the capped total
  expect(weights[0]).toBeLessThan(9n * VALIDATOR_MIN);
  expect(5n * (weights[0] ?? 0n)).toBeLessThanOrEqual(total);
  expect(weights.slice(1)).toEqual(stakes.slice(1, SEATS));
});

test('all of an epoch, in order of registration', async () => {
  expect(await readValidators(network.client, 1)).toEqual([]);
  const expected = validators.map(({ operator, signer, url }) => ({
    ...{ operator, signer, url },
    active: validators.findIndex((validator) => validator.operator === operator) < SEATS,
  }));
  expect(await readValidators(network.client, 2)).toEqual(expected);
});

test('who is not registered is told so', async () => {
  await expect(requireValidator(network.client, alice.operator, 2)).resolves.toMatchObject({ active: true });
  const stranger = requireValidator(network.client, addressFor('nobody'), 2);
  await expect(stranger).rejects.toMatchObject({ name: 'ChainError', code: 'not_registered' });
});

test('changes keep the past, and a signer is never shared', async () => {
  await network.goTo(4);
  const signer = addressFor('new signer');
  await network.send(alice.operator, encodeUpdateValidator({ signer, url: 'https://moved.example' }));
  await network.send(bob.operator, encodeRetireValidator());
  expect((await readValidator(network.client, alice.operator, 5))?.signer).toBe(alice.signer);
  expect(await readValidator(network.client, alice.operator, 6)).toMatchObject({ signer, url: 'https://moved.example' });
  expect((await readValidator(network.client, bob.operator, 6))?.active).toBe(false);
  expect(await readValidatorCount(network.client, 6)).toBe(SEATS - 1);
  await expect(requireValidator(network.client, bob.operator, 6)).rejects.toMatchObject({ code: 'not_registered' });
  const taken = encodeUpdateValidator({ signer: alice.signer, url: 'https://x.example' });
  expect(revertName((await network.refusal(addressFor('v2 operator'), taken)) ?? '0x')).toBe('SignerTaken');
});
