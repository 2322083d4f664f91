// Transactions of a validator's operator.
import { VALIDATOR_STAKE } from '../../chain/stakes.ts';
import {
  encodeRegisterValidator,
  encodeRetireValidator,
  encodeRotateSeed,
  encodeUpdateValidator,
} from '../../chain/transactions.ts';
import { readValidator } from '../../chain/validators.ts';
import { NEWEST_EPOCH } from '../../chain/values.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { amountFlag } from '../chain/amounts.ts';
import type { Session } from '../chain/send.ts';
import { ensureStake } from '../chain/stakes.ts';
import { CliError, hexFlag, required, baseUrlFlag, type Command } from '../command.ts';
import { registryCall, writeCommand, type Told, type Values } from './writes.ts';

const signerText = "the signer's address, printed by `assay keys`";
const tipText = 'the seed tip, printed by `assay keys`';
const urlText = 'where the validator serves its archives (https)';

const signerOf = (values: Values): Hex => hexFlag(required(values['signer'], '--signer'), '--signer', 20);
const tipOf = (values: Values): Hex => hexFlag(required(values['seed-tip'], '--seed-tip'), '--seed-tip', 32);
const urlOf = (values: Values): string => baseUrlFlag(required(values['url'], '--url'), '--url');

/** What every `--stake` says in the usage. */
export const stakeText = 'deposit until so many tokens are staked; `min`: the least that is needed (may be left out)';

type Registration = { readonly signer: Hex; readonly seedTip: Hex; readonly url: string };

/** Whether there is nothing left to register. @throws CliError when another registration stands */
async function isRegistered({ client, sender }: Session, { signer, url }: Registration): Promise<boolean> {
  const found = await readValidator(client, sender, NEWEST_EPOCH);
  if (found === null) return false;
  if (found.signer === signer && found.url === url) return true;
  throw new CliError(
    `${sender} is registered with signer ${found.signer} and URL ${found.url}. Change it with update-validator, or take another operator.`,
  );
}

/** Says whether the registered validator has a seat. */
async function tellSeat({ client, sender, say }: Session): Promise<Told> {
  const isSeated = (await readValidator(client, sender, NEWEST_EPOCH))?.active === true;
  say(
    isSeated
      ? 'It has a seat.'
      : 'It has no seat: its stake is too small, every seat is taken by a greater one, or it has retired. More stake may win one.',
  );
  return { seat: isSeated };
}

export const validatorCommands: readonly Command[] = [
  writeCommand({
    name: 'register-validator',
    summary: 'Stakes for the sender and registers it as a validator.',
    flags: { signer: signerText, 'seed-tip': tipText, url: urlText, stake: stakeText },
    more: 'Each step is made only where it is needed: after a failure the same command goes on.',
    prepare: (values) => {
      const input = { signer: signerOf(values), seedTip: tipOf(values), url: urlOf(values) };
      const stake = values['stake'] === undefined ? null : amountFlag(values['stake'], '--stake', 'min');
      const register = registryCall('registering the validator', () => encodeRegisterValidator(input));
      return async (session) => {
        const isDone = await isRegistered(session, input);
        if (stake !== null) await ensureStake(session, VALIDATOR_STAKE, stake);
        if (isDone) session.say('It is registered already, with this signer and URL.');
        else await register(session);
        return tellSeat(session);
      };
    },
  }),
  writeCommand({
    name: 'update-validator',
    summary: 'Changes the sender’s signer and URL.',
    flags: { signer: signerText, url: urlText },
    prepare: (values) => {
      const data = encodeUpdateValidator({ signer: signerOf(values), url: urlOf(values) });
      return registryCall('changing the validator', () => data);
    },
  }),
  writeCommand({
    name: 'rotate-seed',
    summary: 'Starts a new seed chain.',
    flags: { 'seed-tip': tipText },
    prepare: (values) => {
      const data = encodeRotateSeed(tipOf(values));
      return registryCall('rotating the seed', () => data);
    },
  }),
  writeCommand({
    name: 'retire-validator',
    summary: 'Retires the sender’s validator, for ever.',
    flags: {},
    prepare: () => registryCall('retiring the validator', encodeRetireValidator),
  }),
];
