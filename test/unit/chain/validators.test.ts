// Validators, written and read through anvil: versions by epoch, signers, counts.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeRetireValidator, encodeUpdateValidator, revertName } from '../../../chain/transactions.ts';
import { readValidator, readValidatorCount, readValidators, requireValidator } from '../../../chain/validators.ts';
import { addressFor, registerValidator, testValidator } from './actors.ts';
import { startNetwork, type Network } from './network.ts';

const validators = Array.from({ length: 103 }, (_, i) => testValidator(`v${String(i)}`)); // two pages
const [alice = testValidator('v0'), bob = testValidator('v1')] = validators;
let network: Network;

beforeAll(async () => {
  network = await startNetwork();
  for (const validator of validators) await registerValidator(network, validator);
}, 240_000);

afterAll(() => network.stop());

test('registration is in effect two epochs later', async () => {
  const { operator, signer, url } = alice;
  expect(await readValidator(network.client, operator, 1)).toBeNull();
  expect(await readValidator(network.client, operator, 2)).toEqual({ operator, signer, url, active: true });
  expect(await readValidatorCount(network.client, 1)).toBe(0);
  expect(await readValidatorCount(network.client, 2)).toBe(validators.length);
});

test('all of an epoch, in order of registration', async () => {
  expect(await readValidators(network.client, 1)).toEqual([]);
  const expected = validators.map(({ operator, signer, url }) => ({ operator, signer, url, active: true }));
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
  expect(await readValidatorCount(network.client, 6)).toBe(validators.length - 1);
  await expect(requireValidator(network.client, bob.operator, 6)).rejects.toMatchObject({ code: 'not_registered' });
  const taken = encodeUpdateValidator({ signer: alice.signer, url: 'https://x.example' });
  expect(revertName((await network.refusal(addressFor('v2 operator'), taken)) ?? '0x')).toBe('SignerTaken');
});
