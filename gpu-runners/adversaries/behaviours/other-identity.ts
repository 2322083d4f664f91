// Answers with a message of another node, properly signed by that node: somebody else did the work.
import { freshSigner } from '../../identity.ts';
import { withCommitment } from '../behaviour.ts';

const other = freshSigner();

export const otherIdentity = withCommitment((honest) => (_signer, committed) => honest.commitment(other, committed));
