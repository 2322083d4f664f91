// Whether a credential is the operator's key: hashes are compared, in a time that tells nothing.
import { toHex } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { sameHash } from './key-text.ts';
import type { AccountPorts } from './ports.ts';

/** `unset`: this deployment has no operator's key, or one that is too short to be one. */
export function isOperator({ adminKeyHash }: Pick<AccountPorts, 'adminKeyHash'>, credential: string): 'yes' | 'no' | 'unset' {
  const known = adminKeyHash();
  if (known === null) return 'unset';
  return sameHash(toHex(sha256(new TextEncoder().encode(credential))), known) ? 'yes' : 'no';
}
