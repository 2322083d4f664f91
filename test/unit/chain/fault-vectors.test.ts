// The golden faults are what their script writes today, and each calls what its name says.
import { readFileSync } from 'node:fs';
import { parseAbi, toFunctionSelector, type Hex } from 'viem';
import { expect, test } from 'vitest';
import { isUndrawn } from '../../../protocol/faults.ts';
import type { EpochPlan } from '../../../protocol/schedule.ts';
import { shippedPolicies } from '../../../schema/policy/shipped.ts';
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
    readonly undrawn: readonly {
      readonly guilty: readonly WithCalldata[];
      readonly honest: WithCalldata;
      readonly members: readonly WithCalldata[];
    }[];
  };
  const selectors = new Map<string, Hex>(parseAbi(FAULT_ABI).map((entry) => [entry.name, toFunctionSelector(entry)]));
  const calls: readonly (readonly [string, WithCalldata])[] = [
    ['proveTwoReports', file.twoReports],
    ['proveTwoRoots', file.twoRoots],
    ...file.twoReceipts.map((example) => ['proveTwoReceipts', example] as const),
    ...file.undrawn.flatMap(({ guilty, honest, members }) =>
      [...guilty, honest, ...members].map((example) => ['proveUndrawn', example] as const),
    ),
  ];
  expect(calls).toHaveLength(27);
  for (const [name, { calldata }] of calls) expect(calldata.slice(0, 10), name).toBe(selectors.get(name));
});

test('what the second implementation calls undrawn is undrawn here', () => {
  type Setting = {
    readonly genesis: number;
    readonly slotSeconds: number;
    readonly slotsPerEpoch: number;
    readonly auditsPerNodePerDay: number;
    readonly validatorCount: number;
  };
  type Case = {
    readonly setting: Setting;
    readonly nodeIds: readonly Hex[];
    readonly operators: readonly Hex[];
    readonly round: { readonly randomness: Hex };
    readonly places: Readonly<Record<'slots' | 'draws' | 'nodes' | 'undrawn', readonly number[]>>;
  };
  const file = JSON.parse(text) as { readonly epoch: number; readonly seed: { seed: Hex }; readonly undrawn: readonly Case[] };
  const [shipped] = shippedPolicies;
  if (shipped === undefined) throw new Error('no policy ships');
  for (const { setting, nodeIds, operators, round, places } of file.undrawn) {
    const { auditsPerNodePerDay, validatorCount, genesis, slotSeconds, slotsPerEpoch } = setting;
    const plan: EpochPlan = {
      ...{ epoch: file.epoch, clock: { genesis, slotSeconds, slotsPerEpoch }, seed: file.seed.seed, beacon: round.randomness },
      ...{ policy: { ...shipped, schedule: { ...shipped.schedule, auditsPerNodePerDay } } },
      ...{ nodeCount: nodeIds.length, validatorCount },
    };
    const nodes = nodeIds.map((nodeId, index) => ({ index, nodeId, operator: operators[index] ?? '0x' }));
    const found = places.slots.map((slot, i) => {
      const nodeId = nodeIds[places.nodes[i] ?? -1] ?? '0x';
      return isUndrawn({ epoch: file.epoch, slot, draw: places.draws[i] ?? 0, nodeId }, plan, nodes) ? 1 : 0;
    });
    expect(found).toEqual(places.undrawn);
    expect(new Set(found)).toEqual(new Set([0, 1]));
  }
});
