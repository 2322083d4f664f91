// (r, n − s) is a valid ECDSA signature whenever (r, s) is; the protocol allows one of the two.
import { concat, fromHex, toHex } from '../../../protocol/bytes.ts';
import type { Behaviour } from '../behaviour.ts';

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

export const highS: Behaviour = (parts) => ({
  ...parts,
  signer: {
    ...parts.signer,
    sign(payload) {
      const signature = parts.signer.sign(payload);
      const s = ORDER - BigInt(toHex(signature.subarray(32)));
      return concat(signature.subarray(0, 32), fromHex(`0x${s.toString(16).padStart(64, '0')}`));
    },
  },
});
