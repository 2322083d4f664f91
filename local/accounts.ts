// The accounts of anvil's published development mnemonic ("test test … junk"): money of no value, keys that everybody knows.
// Used on the embedded chain only.
import { mnemonicToAccount, type HDAccount } from 'viem/accounts';
import { toHex, type Hex } from '../protocol/bytes.ts';
import { SEATS_MAX } from './limits.ts';

const MNEMONIC = 'test test test test test test test test test test test junk';

export type Account = { readonly address: Hex; readonly key: Hex; readonly account: HDAccount };
/** A validator's two keys: the cold one that staked, and the hot one that signs and pays for transactions. */
export type ValidatorAccounts = { readonly operator: Account; readonly signer: Account };

function accountAt(addressIndex: number): Account {
  const account = mnemonicToAccount(MNEMONIC, { addressIndex });
  const key = account.getHdKey().privateKey;
  if (key === null) throw new Error('a development account without a private key');
  return { address: account.address.toLowerCase() as Hex, key: toHex(key), account };
}

/** Deploys the contracts and holds the tokens; does nothing else first, so that the contracts' addresses are known beforehand. */
export const deployer = accountAt(0);
/** The first validator's identity: its cold key. */
export const validator = accountAt(1);
/** The first validator's hot key. */
export const signer = accountAt(2);
/** Owners of nodes, taken in turn. */
export const nodeOperators: readonly Account[] = [3, 4, 5].map(accountAt);
/** May pause the contracts that hold money. */
export const guardian = accountAt(6);

/** Validators from the second on have the accounts from here on, two each. */
const VALIDATORS_FROM = 10;
/** Accounts that anvil has to give money to. */
export const ACCOUNTS = VALIDATORS_FROM + 2 * SEATS_MAX;

/** @param index of the validator, from 0 */
export function validatorAccounts(index: number): ValidatorAccounts {
  if (index === 0) return { operator: validator, signer };
  const from = VALIDATORS_FROM + 2 * index;
  return { operator: accountAt(from), signer: accountAt(from + 1) };
}
