// Measure 6: what the network's calls cost, from receipts of a chain that holds all contracts.
import { measureGas } from '../test/unit/chain/gas.ts';
import { alone, type Bench, type BenchOptions, type Line, type Section } from './measure.ts';

/** The calls of an epoch and of a fault, by their names in the snapshot; those with an aim name it. */
const CALLS: readonly (readonly [call: string, gasMax: number | null])[] = [
  ['postReport', 120_000],
  ['postEpoch, 7 signatures of 10', null],
  ['postEpoch, 21 signatures of 31', 350_000],
  ['claim', null],
  ['queuePenalty', null],
  ['proveTwoReports', null],
  ['proveTwoRoots', null],
  ['proveUndrawn', null],
  ['proveUndrawn, another node', null],
  ['proveTwoReceipts', null],
  ['executeSlash of a validator', null],
  ['executeSlash of a node', null],
];

function lineOf(gas: Readonly<Record<string, number>>, call: string, gasMax: number | null): Line {
  const value = gas[call];
  if (value === undefined) throw new Error(`The measurement has no call named "${call}".`);
  const aim = gasMax === null ? null : { text: `≤ ${gasMax.toLocaleString('en-US')}`, met: value <= gasMax };
  return alone(call, 'gas', [value], aim);
}

async function run({ say }: BenchOptions): Promise<Section> {
  say('gas: every call once on a chain of its own');
  const gas = await measureGas();
  return {
    title: 'Gas of the calls of an epoch, and of proofs of faults',
    lines: CALLS.map(([call, gasMax]) => lineOf(gas, call, gasMax)),
    notes: ['Exact and repeatable: the whole list is contracts/test/gas.json, which a test holds to 1 %.'],
  };
}

export const gasBench: Bench = { name: 'gas', about: 'reports, roots with 7 and 21 signatures, claims, proofs of faults', run };
