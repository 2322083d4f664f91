// What a validator signs about the whole network once an epoch (docs/protocol.md, section 17), and who signed.
import { fromHex, toHex, type Hex } from '../bytes.ts';
import { bytes32Word, structHash, typedPayload, uintWord, type Domain } from '../domain.ts';
import { keccak } from '../hash.ts';
import { recoverSigner } from '../signer.ts';
import type { EpochRoot, Statement } from './types.ts';

export const EPOCH_ROOT_TYPE =
  'EpochRoot(uint64 epoch,uint32 round,bytes32 scoreRoot,bytes32 rewardRoot,bytes32 penaltyRoot,bytes32 reportSetHash,bytes32 nodeSetRoot,bytes32 previousRoot,bytes32 policyHash)';

/** EIP-712's struct hash: what the registry stores and the next root names. */
export function rootHash(root: EpochRoot): Hex {
  return toHex(
    structHash(EPOCH_ROOT_TYPE, [
      uintWord(root.epoch),
      uintWord(root.round),
      bytes32Word(root.scoreRoot),
      bytes32Word(root.rewardRoot),
      bytes32Word(root.penaltyRoot),
      bytes32Word(root.reportSetHash),
      bytes32Word(root.nodeSetRoot),
      bytes32Word(root.previousRoot),
      bytes32Word(root.policyHash),
    ]),
  );
}

/** The EIP-712 digest that a seat's signer signs. */
export function rootDigest(domain: Domain, root: EpochRoot): Hex {
  return toHex(keccak(typedPayload(domain, fromHex(rootHash(root), 32))));
}

/** Who signed the statement; null for anything that is not a proper signature. Whether it is the seat's signer is the caller's to see. */
export function statementSigner(domain: Domain, statement: Pick<Statement, 'root' | 'signature'>): Hex | null {
  return recoverSigner(rootDigest(domain, statement.root), statement.signature);
}
