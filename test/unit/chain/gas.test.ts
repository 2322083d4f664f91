// What each call costs, as receipts say. contracts/test/gas.json is the committed snapshot: keys and signatures are
// deterministic, so a difference above 1 % is a change of the contract, to be looked at and then written down.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeDeployData } from 'viem';
import {
  encodeRetireNode,
  encodeRetireValidator,
  encodeRotateSeed,
  encodeUpdateNode,
  encodeUpdateValidator,
} from '../../../chain/transactions.ts';
import { registryArtifact } from '../../../contracts/artifact.mjs';
import { auditRegistryAbi } from '../../../schema/abi/AuditRegistry.ts';
import { addressFor, encodeSigned, makeReport, registerNode, registerValidator, testValidator, word } from './actors.ts';
import { DEPLOYER, POLICY_HASH, startNetwork, type Network } from './network.ts';

const TOLERANCE = 0.01;
let network: Network;

beforeAll(async () => {
  network = await startNetwork();
}, 240_000);

afterAll(() => network.stop());

async function measure(): Promise<Record<string, number>> {
  const [alice, bob] = [testValidator('alice'), testValidator('bob')];
  const claims = { url: 'https://node.provider.example', gpuClass: 'h100-sxm', vramMiB: 81_920 };
  const gas: Record<string, number> = {};
  const spend = async (name: string, done: Promise<{ gas: number }>) => {
    gas[name] = (await done).gas;
  };
  const report = async (epoch: number) =>
    network.send(bob.operator, encodeSigned(network, alice, await makeReport(network, alice, epoch)));

  const { bytecode } = await registryArtifact();
  const deploy = encodeDeployData({ abi: auditRegistryAbi, bytecode, args: [0n, 60, 60, POLICY_HASH] });
  await spend('deploy', network.send(DEPLOYER, deploy, null));
  await spend('registerValidator', registerValidator(network, alice));
  await registerValidator(network, bob);
  const { nodeId, gas: registered } = await registerNode(network, 'n', bob.operator, claims);
  gas['registerNode'] = registered;
  await network.goTo(5000);
  await spend(
    'updateValidator',
    network.send(bob.operator, encodeUpdateValidator({ signer: addressFor('other'), url: bob.url })),
  );
  await spend('rotateSeed', network.send(bob.operator, encodeRotateSeed(word('tip'))));
  await spend('retireValidator', network.send(bob.operator, encodeRetireValidator()));
  await spend('updateNode', network.send(bob.operator, encodeUpdateNode(nodeId, claims)));
  await spend('retireNode', network.send(bob.operator, encodeRetireNode(nodeId)));
  await spend('postReport, first', report(2));
  await spend('postReport', report(3));
  await spend('postReport, gap of 4096', report(4099));
  return gas;
}

test('gas of every write', { timeout: 60_000 }, async () => {
  const file = new URL('../../../contracts/test/gas.json', import.meta.url);
  const noted = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
  const measured = await measure();
  const told = `measured: ${JSON.stringify(measured, null, 2)}`;
  expect(Object.keys(measured), told).toEqual(Object.keys(noted));
  for (const [name, value] of Object.entries(measured)) {
    expect(Math.abs(value / (noted[name] ?? 0) - 1), `${name}; ${told}`).toBeLessThanOrEqual(TOLERANCE);
  }
});
