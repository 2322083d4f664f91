// The golden faults are what their script writes today, and each calls what its name says.
import { readFileSync } from 'node:fs';
import { parseAbi, toFunctionSelector, type Hex } from 'viem';
import { expect, test } from 'vitest';
import { FAULT_ABI } from '../../support/fault-abi.ts';
import { renderFaultVectors } from '../../support/fault-vectors.ts';

const text = readFileSync(new URL('../../vectors/faults.json', import.meta.url), 'utf8');

test('faults.json is what its script writes', { timeout: 60_000 }, () => {
  expect(text).toBe(renderFaultVectors());
});

test('each fault’s calldata calls the function of its name', () => {
  type WithCalldata = { readonly calldata: Hex };
  const file = JSON.parse(text) as {
    readonly twoReports: WithCalldata;
    readonly twoRoots: WithCalldata;
    readonly twoReceipts: readonly WithCalldata[];
    readonly undrawn: readonly { readonly guilty: readonly WithCalldata[]; readonly honest: WithCalldata }[];
  };
  const selectors = new Map<string, Hex>(parseAbi(FAULT_ABI).map((entry) => [entry.name, toFunctionSelector(entry)]));
  const calls: readonly (readonly [string, WithCalldata])[] = [
    ['proveTwoReports', file.twoReports],
    ['proveTwoRoots', file.twoRoots],
    ...file.twoReceipts.map((example) => ['proveTwoReceipts', example] as const),
    ...file.undrawn.flatMap(({ guilty, honest }) => [...guilty, honest].map((example) => ['proveUndrawn', example] as const)),
  ];
  expect(calls).toHaveLength(15);
  for (const [name, { calldata }] of calls) expect(calldata.slice(0, 10), name).toBe(selectors.get(name));
});
