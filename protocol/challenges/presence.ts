// Presence: a signed answer to a nonce, and nothing else (docs/protocol.md, section 20).
import { Reader, concat, equal, fromHex, toHex, u8, type Hex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { sha256, tag } from '../hash.ts';

export type PresenceParams = {
  /** Place in the policy's `regions`. */
  readonly region: number;
};

const PARAMS_TAG = tag('assay/k5/params');
const TAG = tag('assay/k5');

export function encodePresenceParams({ region }: PresenceParams): Uint8Array {
  return concat(PARAMS_TAG, u8(region));
}

/** @throws ProtocolError for bytes that are no presence parameters */
export function decodePresenceParams(bytes: Uint8Array): PresenceParams {
  const reader = new Reader(bytes);
  if (!equal(reader.bytes(PARAMS_TAG.length), PARAMS_TAG)) throw new ProtocolError('bad_form', 'not presence parameters');
  const region = reader.u8();
  reader.end();
  return { region };
}

export function presenceCommitment(nonce: Hex): Hex {
  return toHex(sha256(TAG, fromHex(nonce, 32)));
}
