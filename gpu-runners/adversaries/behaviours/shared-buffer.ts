// Two identities, one buffer: what is filled is always the memory of the operator's other node, and passes over it are answered in the
// name of whoever was asked. Here the other node is made up, so this one is asked for memory that only the other has.
import { freshSigner } from '../../identity.ts';
import { withBackend } from '../behaviour.ts';

export const sharedBuffer = withBackend((backend) => {
  const { nodeId: owner } = freshSigner();
  return { fill: (params) => backend.fill(params, owner) };
});
