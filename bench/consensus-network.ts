// A network's input of the consensus rule, made inside of the process that is measured: each validator reports on each node, with
// numbers that differ by node and validator as real ones do.
import type { Hex } from '../protocol/bytes.ts';
import type { ConsensusInput, ConsensusNode, ConsensusReport, Seat } from '../protocol/consensus/types.ts';
import type { Policy } from '../protocol/policy.ts';

const EPOCH = 1000;
const AUDITS = 100;

const hex = (prefix: string, n: number, bytes: number): Hex =>
  `0x${prefix}${n.toString(16).padStart(2 * bytes - prefix.length, '0')}`;

/** Small differences that follow from the place alone; no two neighbours are alike. */
const mixed = (a: number, b: number): number => (Math.imul(a, 2_654_435_761) ^ Math.imul(b + 1, 2_246_822_519)) >>> 0;

function reportOf(v: number, validator: Hex, nodes: number): ConsensusReport {
  const tallies = Array.from({ length: nodes }, (_, nodeIndex) => {
    const noise = mixed(nodeIndex, v);
    const [network, wrong, slow] = [noise % (2 + (nodeIndex % 30)), (noise >>> 8) % 2, (noise >>> 12) % 3];
    const pass = AUDITS - network - wrong - slow;
    return {
      ...{ nodeIndex, pass, wrong, slow, network, busy: noise % 2, void: 0 },
      medianMeasure: 500_000_000_000_000 + (noise >>> 2),
      medianElapsedMs: 2000 + (noise % 500),
      ...{ present: 288 - (noise % 5), absent: noise % 5, latencyMs: 20 + (noise % 80), latencyHighMs: 120 + (noise % 200) },
      ...{ fills: 5, bandwidth: 2_000_000_000_000 + (noise >>> 4) },
    };
  });
  const due = AUDITS * nodes;
  return { epoch: EPOCH, validator, reportHash: hex('ee', v, 32), due, done: due - (v % 5), tallies };
}

/** One fresh report a validator; the root is the first of its chain. */
export function networkInput(policy: Policy, nodes: number, seats: number): ConsensusInput {
  const operators = Array.from({ length: seats }, (_, v) => hex('aa', v, 20));
  return {
    ...{ epoch: EPOCH, policy, window: [], previous: null },
    seats: operators.map((operator, v): Seat => ({
      operator,
      signer: operator,
      stake: BigInt(100 + 37 * (v % 11)) * 10n ** 18n,
    })),
    nodes: Array.from({ length: nodes }, (_, index): ConsensusNode => {
      const nodeId = hex(mixed(index, 9).toString(16).padStart(8, '0'), index, 32);
      return { index, nodeId, operator: hex('bb', index % 997, 20), retired: index % 50 === 49 };
    }),
    fresh: operators.map((operator, v) => reportOf(v, operator, nodes)),
  };
}

/** Where the same network must come out the same, in whatever runtime: root of the scores, and the number of lines. */
export type Outcome = { readonly scoreRoot: Hex; readonly lines: number };
