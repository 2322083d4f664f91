// contracts/test/gas.json is the committed snapshot of what each call costs: a difference above 1 % is a change of the contract,
// to be looked at and then written down.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { measureGas } from './gas.ts';

const TOLERANCE = 0.01;
/** What the design allows in the steady state. */
const REPORT_GAS_MAX = 120_000;
const ROOT_21_GAS_MAX = 350_000;

test('gas of every write', { timeout: 360_000 }, async () => {
  const file = new URL('../../../contracts/test/gas.json', import.meta.url);
  const noted = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
  const gas = await measureGas();
  const told = `measured: ${JSON.stringify(gas, null, 2)}`;
  expect(gas['postReport'], told).toBeLessThanOrEqual(REPORT_GAS_MAX);
  expect(gas['postEpoch, 21 signatures of 31'], told).toBeLessThanOrEqual(ROOT_21_GAS_MAX);
  expect(Object.keys(gas), told).toEqual(Object.keys(noted));
  for (const [name, value] of Object.entries(gas)) {
    expect(Math.abs(value / (noted[name] ?? 0) - 1), `${name}; ${told}`).toBeLessThanOrEqual(TOLERANCE);
  }
});
