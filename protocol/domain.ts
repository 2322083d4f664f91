// EIP-712, for structs of static fields only: each field is one 32-byte word, so encoding is concatenation.
// One domain for everything that the network counts: a signature is for one registry on one chain. What is asked outside of the schedule
// has a name of its own (spot.ts), so that no signature is good in both.
import { ascii, concat, fromHex, u64, u8, type Hex } from './bytes.ts';
import { keccak } from './hash.ts';

export type Domain = {
  readonly chainId: number;
  readonly registry: Hex;
  /** Left out for all that the network counts; `spot` for audits on demand (spot.ts). */
  readonly purpose?: 'spot';
};

const DOMAIN_TYPE = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)';
const NAME = keccak(ascii('Assay'));
const SPOT_NAME = keccak(ascii('Assay Spot'));
const VERSION = keccak(ascii('1'));

/** One ABI word: an unsigned integer of at most 64 bits. */
export function uintWord(value: number | bigint): Uint8Array {
  const word = new Uint8Array(32);
  if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) {
    for (let i = 31, rest = value; rest > 0; i--, rest = Math.floor(rest / 256)) word[i] = rest % 256;
  } else word.set(u64(value), 24);
  return word;
}

/** One ABI word: a 20-byte address. */
export function addressWord(address: Hex): Uint8Array {
  return concat(new Uint8Array(12), fromHex(address, 20));
}

/** One ABI word: 32 bytes. */
export function bytes32Word(value: Hex): Uint8Array {
  return fromHex(value, 32);
}

// A handful of type strings, all of them constants of this folder; each record would hash its 300 characters again.
const typeHashes = new Map<string, Uint8Array>();

function typeHash(type: string): Uint8Array {
  const known = typeHashes.get(type);
  if (known !== undefined) return known;
  const hash = keccak(ascii(type));
  typeHashes.set(type, hash);
  return hash;
}

/** `keccak(keccak(type) ‖ words)`; `type` is the full EIP-712 type string, one word a field. */
export function structHash(type: string, words: readonly Uint8Array[]): Uint8Array {
  return keccak(typeHash(type), ...words);
}

export function domainSeparator(domain: Domain): Uint8Array {
  const name = domain.purpose === 'spot' ? SPOT_NAME : NAME;
  return structHash(DOMAIN_TYPE, [name, VERSION, uintWord(domain.chainId), addressWord(domain.registry)]);
}

/** The 66 bytes `0x1901 ‖ domainSeparator ‖ structHash`: hashed with keccak for validators, with SHA-256 for nodes. */
export function typedPayload(domain: Domain, hash: Uint8Array): Uint8Array {
  return concat(u8(0x19), u8(0x01), domainSeparator(domain), hash);
}
