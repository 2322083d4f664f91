// How one validator asks another what it cannot reach now: the question is signed by the key of the asker's seat and names whom it is for and
// when it was asked. Nothing is bound to it but who may read; heard twice it gives away nothing new.
import { toHex, type Hex } from './bytes.ts';
import { addressWord, structHash, typedPayload, uintWord, type Domain } from './domain.ts';
import { keccak } from './hash.ts';

const TYPE = 'SightingsRequest(address reader,address owner,uint64 timeMs)';

/** Operators of both; Unix milliseconds. */
export type SightingsRequest = { readonly reader: Hex; readonly owner: Hex; readonly timeMs: number };

/** What the reader's signer signs. */
export function sightingsDigest(domain: Domain, { reader, owner, timeMs }: SightingsRequest): Hex {
  return toHex(keccak(typedPayload(domain, structHash(TYPE, [addressWord(reader), addressWord(owner), uintWord(timeMs)]))));
}
