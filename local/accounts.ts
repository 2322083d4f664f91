// The accounts of anvil's published development mnemonic ("test test … junk"): money of no value, keys that everybody knows.
// Used on the embedded chain only.
import { mnemonicToAccount, type HDAccount } from 'viem/accounts';
import { toHex, type Hex } from '../protocol/bytes.ts';

const MNEMONIC = 'test test test test test test test test test test test junk';

export type Account = { readonly address: Hex; readonly key: Hex; readonly account: HDAccount };

function accountAt(addressIndex: number): Account {
  const account = mnemonicToAccount(MNEMONIC, { addressIndex });
  const key = account.getHdKey().privateKey;
  if (key === null) throw new Error('a development account without a private key');
  return { address: account.address.toLowerCase() as Hex, key: toHex(key), account };
}

/** Deploys the registry and nothing else, so that its first contract's address is known beforehand. */
export const deployer = accountAt(0);
/** The validator's identity: the cold key. */
export const validator = accountAt(1);
/** The validator's hot key, which signs and pays for transactions. */
export const signer = accountAt(2);
/** Owners of nodes, taken in turn. */
export const nodeOperators: readonly Account[] = [3, 4, 5].map(accountAt);
