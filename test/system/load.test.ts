// Honest nodes on a machine whose processors are all taken by something else for a whole epoch: slow is not dishonest.
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FIRST_EPOCH } from '../../local/limits.ts';
import { startNetwork, type Network } from '../../local/network.ts';
import { honest } from '../../local/node-plans.ts';
import { count, nodeSummaries } from '../../local/summary.ts';
import { watch } from '../../local/watch.ts';
import { untilEpoch } from './rig.ts';

let network: Network;

beforeAll(async () => {
  network = await startNetwork({
    nodes: Array.from({ length: 4 }, (_, index) => honest(index)),
    ...{ validators: 1, gateway: false },
  });
  await untilEpoch(network, FIRST_EPOCH);
  const busy = Array.from({ length: availableParallelism() }, (_, i) =>
    network.processes.start(`busy-${String(i)}`, process.execPath, ['-e', 'for (;;) Math.sqrt(Math.random());']),
  );
  await untilEpoch(network, FIRST_EPOCH + 1);
  await Promise.all(busy.map((child) => network.processes.stop(child)));
  await watch(network, { epochs: 1 });
}, 180_000);

afterAll(async () => {
  await network.stop();
});

it('never fails an honest node', async () => {
  const nodes = await nodeSummaries(network, FIRST_EPOCH, FIRST_EPOCH);
  for (const { name, verdicts } of nodes) expect(verdicts.fail ?? {}, name).toEqual({});
  expect(nodes.reduce((sum, { verdicts }) => sum + count(verdicts, 'pass'), 0)).toBeGreaterThan(10);
});
