// Two epochs of the whole network, from slot to chain, looked at from outside.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readReport } from '../../chain/reports.ts';
import { validator } from '../../local/accounts.ts';
import { FIRST_EPOCH } from '../../local/limits.ts';
import { startNetwork, type Network } from '../../local/network.ts';
import { expectedReasons } from '../../local/scenario.ts';
import { count, nodeSummaries, summarize } from '../../local/summary.ts';
import { watch } from '../../local/watch.ts';
import { drawKey, dueDraws, recordsOf } from './rig.ts';

/** Each dishonest node must be drawn; two epochs leave one of four out once in 130 runs, four epochs once in 200,000. */
const EPOCHS_MAX = 4;

let network: Network;
let epochs: readonly number[] = [];

beforeAll(async () => {
  network = await startNetwork();
  for (let n = 2; n <= EPOCHS_MAX; n++) {
    await watch(network, { epochs: n });
    epochs = Array.from({ length: n }, (_, i) => FIRST_EPOCH + i);
    const nodes = await nodeSummaries(network, FIRST_EPOCH, FIRST_EPOCH + n - 1);
    if (nodes.every(({ behaviour, verdicts }) => behaviour === 'honest' || count(verdicts, 'fail') > 0)) break;
  }
}, 240_000);

afterAll(async () => {
  await network.stop();
});

describe('two epochs', () => {
  it('are on chain, once, with the roots that the ledger has', async () => {
    const summary = await summarize(network, FIRST_EPOCH, FIRST_EPOCH + epochs.length - 1);
    expect(summary.epochs.map(({ epoch }) => epoch)).toEqual(epochs);
    expect(new Set(summary.epochs.map(({ transactionHash }) => transactionHash)).size).toBe(epochs.length);
    for (const { due, done, pass, fail, void: voided } of summary.epochs) {
      expect(pass + fail + voided).toBe(due);
      expect(done).toBeLessThanOrEqual(due);
    }
  });

  it('have exactly one record for each due draw, and no other', async () => {
    for (const epoch of epochs) {
      const [due, records] = [await dueDraws(network, epoch), await recordsOf(network, epoch)];
      expect(due.length).toBeGreaterThan(30);
      expect(records.map(drawKey)).toEqual(due.map(drawKey));
      expect((await readReport(network.client, validator.address, epoch))?.due).toBe(due.length);
    }
  });

  it('never fail an honest node', async () => {
    const nodes = await nodeSummaries(network, FIRST_EPOCH, FIRST_EPOCH + epochs.length - 1);
    for (const { name, behaviour, verdicts } of nodes) {
      if (behaviour === 'honest') expect(verdicts.fail ?? {}, name).toEqual({});
    }
  });

  it('fail each dishonest node for its own reason', async () => {
    const nodes = await nodeSummaries(network, FIRST_EPOCH, FIRST_EPOCH + epochs.length - 1);
    for (const [i, { plan }] of network.fleet.nodes.entries()) {
      if (plan.behaviour === 'honest') continue;
      const reasons = Object.keys(nodes[i]?.verdicts.fail ?? {});
      expect(reasons.length, plan.name).toBeGreaterThan(0);
      expect(expectedReasons(plan.behaviour), plan.name).toEqual(expect.arrayContaining(reasons));
    }
  });

  it('never pass a node whose every answer is wrong', async () => {
    const nodes = await nodeSummaries(network, FIRST_EPOCH, FIRST_EPOCH + epochs.length - 1);
    for (const { name, behaviour, verdicts } of nodes) {
      if (['wrong-result', 'silent', 'overclaims'].includes(behaviour)) expect(count(verdicts, 'pass'), name).toBe(0);
    }
  });
});
