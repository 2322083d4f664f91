// What runs inside workerd when the consensus rule is measured: POST /prepare/<nodes>/<seats> makes the input, POST /run the
// consensus over it, and POST /empty nothing.
import { consensus } from '../protocol/consensus/rule.ts';
import type { ConsensusInput } from '../protocol/consensus/types.ts';
import type { Policy } from '../protocol/policy.ts';
import { networkInput, type Outcome } from './consensus-network.ts';

let input: ConsensusInput | undefined;

export async function answer(request: Request): Promise<Response> {
  const [, verb, nodes = '0', seats = '0'] = new URL(request.url).pathname.split('/');
  if (verb === 'prepare') {
    input = networkInput((await request.json()) as Policy, Number(nodes), Number(seats));
    return Response.json(input.fresh.length);
  }
  if (verb !== 'run' || input === undefined) return Response.json(null);
  const { leaves, roots } = consensus(input);
  const outcome: Outcome = {
    scoreRoot: roots.scoreRoot,
    lines: leaves.scores.length + leaves.services.length + leaves.validators.length,
  };
  return Response.json(outcome);
}
