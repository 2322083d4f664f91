// Transactions of a validator's operator.
import {
  encodeRegisterValidator,
  encodeRetireValidator,
  encodeRotateSeed,
  encodeUpdateValidator,
} from '../../chain/transactions.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { hexFlag, required, urlFlag, type Command } from '../command.ts';
import { writeCommand, type Values } from './writes.ts';

const signerText = "the signer's address, printed by `assay keys`";
const tipText = 'the seed tip, printed by `assay keys`';
const urlText = 'where the validator serves its archives (https)';

const signerOf = (values: Values): Hex => hexFlag(required(values['signer'], '--signer'), '--signer', 20);
const tipOf = (values: Values): Hex => hexFlag(required(values['seed-tip'], '--seed-tip'), '--seed-tip', 32);
const urlOf = (values: Values): string => urlFlag(required(values['url'], '--url'), '--url');

export const validatorCommands: readonly Command[] = [
  writeCommand({
    name: 'register-validator',
    summary: 'Registers the sender as a validator.',
    flags: { signer: signerText, 'seed-tip': tipText, url: urlText },
    prepare: (values) => {
      const data = encodeRegisterValidator({ signer: signerOf(values), seedTip: tipOf(values), url: urlOf(values) });
      return () => data;
    },
  }),
  writeCommand({
    name: 'update-validator',
    summary: 'Changes the sender’s signer and URL.',
    flags: { signer: signerText, url: urlText },
    prepare: (values) => {
      const data = encodeUpdateValidator({ signer: signerOf(values), url: urlOf(values) });
      return () => data;
    },
  }),
  writeCommand({
    name: 'rotate-seed',
    summary: 'Starts a new seed chain.',
    flags: { 'seed-tip': tipText },
    prepare: (values) => {
      const data = encodeRotateSeed(tipOf(values));
      return () => data;
    },
  }),
  writeCommand({
    name: 'retire-validator',
    summary: 'Retires the sender’s validator, for ever.',
    flags: {},
    prepare: () => encodeRetireValidator,
  }),
];
