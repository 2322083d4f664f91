// Says it is the registered node and signs with a key of its own.
import { freshSigner } from '../../identity.ts';
import type { Behaviour } from '../behaviour.ts';

export const wrongKey: Behaviour = (parts) => {
  const other = freshSigner();
  return { ...parts, signer: { ...parts.signer, sign: (payload) => other.sign(payload) } };
};
