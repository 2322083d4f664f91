// A node's score with the way to the root on chain: what to hand to a contract that wants to see it proved.
import { AssayProblem, createClient, type AssayOptions, type components } from '../index.ts';

type Proof = components['schemas']['ProveScoreAnswer'];

/** Null where the epoch has no final root, or its time has not come. */
export async function proveScore(options: AssayOptions, epoch: number, nodeIndex: number): Promise<Proof | null> {
  const api = createClient(options);
  try {
    const { data } = await api.GET('/v1/consensus/{epoch}/scores/{nodeIndex}', { params: { path: { epoch, nodeIndex } } });
    return data ?? null;
  } catch (error) {
    if (error instanceof AssayProblem && ['not-found', 'not-revealed'].includes(error.code)) return null;
    throw error;
  }
}
