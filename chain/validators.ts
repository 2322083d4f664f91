// Validators as they are at an epoch. Final for epochs up to the current one plus 1.
import type { Hex } from '../protocol/bytes.ts';
import type { RegistryClient } from './client.ts';
import { ChainError } from './errors.ts';
import { SEATS_MAX, VALIDATORS_MAX } from './limits.ts';
import { readEach, readPages } from './pages.ts';
import { newestBlock, readRegistry, type ViewResult } from './read.ts';
import { ZERO_ADDRESS, addressOf, epochArgument, lower, safeNumber } from './values.ts';

export type Validator = {
  /** The validator's identity. */
  readonly operator: Hex;
  readonly signer: Hex;
  readonly url: string;
  /** Whether it has a seat. */
  readonly active: boolean;
};

/** A seat of the active set, in seat order: bit i of a root's bitmap is seat i. */
export type ActiveSeat = {
  readonly operator: Hex;
  readonly signer: Hex;
  readonly url: string;
  readonly stake: bigint;
  /** The stake after capping (docs/protocol.md, section 14). */
  readonly weight: bigint;
};

function toValidator(view: ViewResult<'validatorAt'>): Validator | null {
  const signer = lower(view.signer);
  if (signer === ZERO_ADDRESS) return null;
  return { operator: lower(view.operator), signer, url: view.url, active: view.active };
}

/** Null when nothing is in effect for this operator at that epoch. */
export async function readValidator(client: RegistryClient, operator: Hex, epoch: number): Promise<Validator | null> {
  return toValidator(await readRegistry(client, 'validatorAt', [addressOf(operator), epochArgument(epoch)]));
}

/** The validator, when it is active. @throws ChainError not_registered */
export async function requireValidator(client: RegistryClient, operator: Hex, epoch: number): Promise<Validator> {
  const validator = await readValidator(client, operator, epoch);
  if (!validator?.active) {
    throw new ChainError(
      'not_registered',
      `${addressOf(operator)} is no active validator at epoch ${String(epoch)}. Register it and wait until two epochs later, or correct the address.`,
    );
  }
  return validator;
}

async function readSeats(client: RegistryClient, epoch: number): Promise<ViewResult<'activeSetAt'>> {
  const seats = await readRegistry(client, 'activeSetAt', [epochArgument(epoch)]);
  if (seats.length <= SEATS_MAX) return seats;
  throw new ChainError('too_many', `The registry has ${String(seats.length)} seats; this software handles ${String(SEATS_MAX)}.`);
}

/**
 * The signer of each seat of an epoch, by operator, in one call: whose challenges may be shown in a *busy*.
 * @throws ChainError unreachable | no_code | too_many | bad_response
 */
export async function readSigners(client: RegistryClient, epoch: number): Promise<ReadonlyMap<Hex, Hex>> {
  const seats = await readSeats(client, epoch);
  return new Map(seats.map(({ operator, signer }) => [lower(operator), lower(signer)]));
}

/**
 * The seats of an epoch, in order. Final for epochs up to the current one plus 1.
 * @throws ChainError unreachable | no_code | too_many | bad_response
 */
export async function readActiveSet(client: RegistryClient, epoch: number): Promise<ActiveSeat[]> {
  return readEach(await readSeats(client, epoch), async ({ operator, signer, stake, weight }) => {
    const validator = await readValidator(client, operator, epoch);
    if (validator?.active !== true || validator.signer !== lower(signer)) {
      throw new ChainError('bad_response', 'The RPC contradicts itself about a seat. Try again, or another RPC.');
    }
    return { operator: validator.operator, signer: validator.signer, url: validator.url, stake, weight };
  });
}

/** The number of seats taken at an epoch. */
export async function readValidatorCount(client: RegistryClient, epoch: number): Promise<number> {
  return readRegistry(client, 'validatorCountAt', [epochArgument(epoch)]);
}

/** Everyone in effect at an epoch, retired validators included, in order of registration, read at one block. */
export async function readValidators(client: RegistryClient, epoch: number): Promise<Validator[]> {
  const at = epochArgument(epoch);
  const block = await newestBlock(client);
  const total = safeNumber(await readRegistry(client, 'validatorTotal', [], block), 'number of validators');
  if (total > VALIDATORS_MAX) {
    throw new ChainError(
      'too_many',
      `The registry has ${String(total)} validators; this software handles ${String(VALIDATORS_MAX)}.`,
    );
  }
  const views = await readPages(total, async (from, count) => {
    const page = await readRegistry(client, 'validatorsAt', [at, BigInt(from), BigInt(count)], block);
    if (page.length !== count) throw new ChainError('bad_response', 'A page of validators is incomplete. Try another RPC.');
    return page;
  });
  return views.map(toValidator).filter((validator) => validator !== null);
}
