// Proof of possession: what an operator hands to the registry so that nobody can register a key that isn't theirs.
import { toHex, type Hex } from '../protocol/bytes.ts';
import type { Domain } from '../protocol/domain.ts';
import { nodeKeyPayload } from '../protocol/receipts.ts';
import type { NodeSigner } from './identity.ts';

export type RegistrationProof = {
  readonly nodeId: Hex;
  readonly x: Hex;
  readonly y: Hex;
  readonly operator: Hex;
  /** P-256 over `NodeKey(operator, nodeId)`, 64 bytes. */
  readonly signature: Hex;
};

export function registrationProof(signer: NodeSigner, domain: Domain, operator: Hex): RegistrationProof {
  const signature = toHex(signer.sign(nodeKeyPayload(domain, operator, signer.nodeId)));
  return { nodeId: signer.nodeId, ...signer.publicKey, operator, signature };
}
