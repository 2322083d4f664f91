// Lies about reports: two for one epoch, one that comes too late, one without work behind it.
import { ZERO32 } from '../../protocol/bytes.ts';
import { reportDigest, type EpochReport } from '../../protocol/report.ts';
import { epochStart } from '../../protocol/schedule.ts';
import { verdictOf, type Reason } from '../../protocol/verdict.ts';
import type { Env } from '../../workers/env.ts';
import { DomainError } from '../../workers/errors.ts';
import { clockOf, domainOf, signAnyway, type Behaviour } from './behaviour.worker.ts';

const REPORT_PATH = /^\/v1\/epochs\/\d+\/report$/;

/** Posts its report like everybody, and shows whoever asks another one, signed as well. */
export const equivocator: Behaviour = {
  answer: async (request, env, honest) => {
    const response = await honest(request);
    if (!REPORT_PATH.test(new URL(request.url).pathname) || !response.ok) return response;
    const { report } = await response.json<{ report: EpochReport }>();
    const other = { ...report, summaryRoot: ZERO32 };
    return Response.json({ report: other, signature: signAnyway(env, reportDigest(domainOf(env), other)) });
  },
};

/** Unix milliseconds from which the registry takes no report of the epoch; the reveal is at the same time. */
async function deadlineOf(env: Env, epoch: number, seconds: number): Promise<number> {
  const clock = await clockOf(env);
  return clock === null ? Number.POSITIVE_INFINITY : 1000 * (epochStart(clock, epoch + 1) + seconds);
}

/** As in the policy of the embedded network. */
const REPORT_SECONDS = 30;

/** Sends its report only when it is too late. */
export const late: Behaviour = {
  ports: (ports, env) => ({
    ...ports,
    sender: {
      ...ports.sender,
      submit: async (key, call) => {
        const epoch = /^report:(\d+)$/.exec(key)?.[1];
        if (epoch !== undefined && Date.now() <= (await deadlineOf(env, Number(epoch), REPORT_SECONDS))) return;
        await ports.sender.submit(key, call);
      },
    },
  }),
};

type Copied = { readonly nodeIndex: number; readonly good: number };

/** What the others found, node by node, once their archives can be had. */
async function othersVerdicts(env: Env, epoch: number): Promise<Map<number, Reason>> {
  const sql =
    'SELECT node_index AS nodeIndex, sum(pass) > sum(wrong + slow + network) AS good FROM tallies WHERE epoch = ? GROUP BY 1';
  const { results } = await env.DB.prepare(sql).bind(epoch).all<Copied>();
  return new Map(results.map(({ nodeIndex, good }) => [nodeIndex, good === 1 ? 'none' : 'timeout']));
}

/** Asks no node anything. Before the reveal there is nothing to copy, and after it the registry takes no report any more. */
export const copier: Behaviour = {
  ports: (ports, env) => ({
    ...ports,
    queue: { send: async () => undefined },
    ledger: {
      ...ports.ledger,
      beginSealing: async (epoch) => {
        if ((await othersVerdicts(env, epoch)).size === 0) {
          throw new DomainError('not_ready', `Nobody’s verdicts of epoch ${String(epoch)} can be copied yet.`);
        }
        await ports.ledger.beginSealing(epoch);
      },
      fill: async (rows) => {
        const verdicts = await othersVerdicts(env, rows[0]?.epoch ?? 0);
        const copied = rows.map((row) => ({ ...row, ...verdictOf(verdicts.get(row.nodeIndex) ?? 'timeout') }));
        await ports.ledger.fill(copied);
      },
    },
  }),
};
