// Why reports found answers wrong: from the audits that each report's lines keep, failures first (workers/services/profiles/report-lines.ts).
import type { Hex } from '../../protocol/bytes.ts';
import { REASON, type Reason } from '../../protocol/verdict.ts';
import type { NetworkStore } from '../services/network/ports.ts';

/** Those of which a receipt of the node is the evidence (protocol/consensus/tally.ts). */
const WRONG = Object.entries(REASON).flatMap(([name, code]) =>
  code >= REASON.no_commitment && code <= REASON.wrong_result ? [name] : [],
);

const SELECT = `
SELECT lines.validator, node.value ->> 0 AS nodeIndex, json_group_array(DISTINCT audit.value ->> 4) AS reasons
FROM report_lines AS lines, json_each(lines.lines) AS node, json_each(node.value -> 2) AS audit
WHERE lines.epoch = ?1 AND audit.value ->> 3 = 'fail' AND audit.value ->> 4 IN (SELECT value FROM json_each(?2))
GROUP BY 1, 2`;

type Row = { readonly validator: Hex; readonly nodeIndex: number; readonly reasons: string };

export function d1WrongReasons(d1: D1Database): Pick<NetworkStore, 'wrongReasons'> {
  return {
    wrongReasons: async (epoch) => {
      const { results } = await d1.prepare(SELECT).bind(epoch, JSON.stringify(WRONG)).all<Row>();
      return results.map(({ validator, nodeIndex, reasons }) => ({
        ...{ epoch, validator, nodeIndex },
        reasons: (JSON.parse(reasons) as Reason[]).toSorted(),
      }));
    },
  };
}
