// The Worker's two views of the chain against real contracts: what its services take as true, and the calls that they send.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZERO32 } from '../../../protocol/bytes.ts';
import { rootHash } from '../../../protocol/consensus/root.ts';
import { faultOf } from '../../../protocol/fault-proof.ts';
import { faultKey } from '../../../protocol/faults.ts';
import { policyHash } from '../../../protocol/policy.ts';
import { postedReportStep } from '../../../protocol/replay/origin.ts';
import { reportHash, type EpochReport } from '../../../protocol/report.ts';
import { seedTip, verifySeed } from '../../../protocol/seed.ts';
import { chainNetwork } from '../../../workers/adapters/chain-network.ts';
import { chainRegistry } from '../../../workers/adapters/chain-registry.ts';
import type { NetworkChain } from '../../../workers/services/network/ports.ts';
import type { Registry } from '../../../workers/services/ports.ts';
import { VALIDATOR_MIN } from '../../support/deploy.ts';
import { smallPolicy } from '../../support/world.ts';
import {
  CHAIN_LENGTH,
  addressFor,
  encodeSigned,
  makeReport,
  makeRoot,
  registerNode,
  registerValidator,
  signRoot,
  testValidator,
} from '../chain/actors.ts';
import {
  CHAIN_ID,
  GENESIS,
  REPORT_SECONDS,
  SLOTS_PER_EPOCH,
  SLOT_SECONDS,
  startNetwork,
  type Network,
} from '../chain/network.ts';
import { twoReports } from '../chain/offences.ts';

const [alice, bob] = ['alice', 'bob'].map(testValidator);
if (alice === undefined || bob === undefined) throw new Error('no validators');
const reporter = addressFor('reporter');
const POLICY = policyHash(smallPolicy);
let network: Network;
let chain: NetworkChain;
let registry: Registry;
let reports: [EpochReport, EpochReport];

beforeAll(async () => {
  network = await startNetwork(POLICY);
  for (const validator of [alice, bob]) await registerValidator(network, validator);
  await registerNode(network, 'n', addressFor('provider'), { url: 'https://n.example', gpuClass: 'tiny', vramMiB: 1 });
  const config = { rpcUrls: [network.url], chainId: CHAIN_ID, registry: network.registry, validator: alice.operator };
  chain = chainNetwork(config);
  registry = chainRegistry(config);
  await network.goTo(4);
  const first = await makeReport(network, alice, 3);
  await network.send(reporter, encodeSigned(network, alice, first));
  await network.goTo(5);
  const second = await makeReport(network, alice, 4);
  await network.send(reporter, encodeSigned(network, alice, second));
  reports = [first, second];
}, 240_000);

afterAll(() => network.stop());

describe('a validator’s own view', () => {
  it('has the clock, the deadline of reports, and the policy of each epoch', async () => {
    expect(await registry.deployment()).toEqual({
      domain: { chainId: CHAIN_ID, registry: network.registry },
      clock: { genesis: GENESIS, slotSeconds: SLOT_SECONDS, slotsPerEpoch: SLOTS_PER_EPOCH },
      ...{ reportSeconds: REPORT_SECONDS, policyHash: POLICY },
    });
    expect(await registry.policyHash(5)).toBe(POLICY);
  });

  it('has the seats with their signers, its own, its reports and its seed’s base', async () => {
    const seats = [alice, bob].map(({ operator, signer }) => ({ operator, signer }));
    expect([await registry.signers(1), await registry.signers(4)]).toEqual([[], seats]);
    expect([await registry.signer(1), await registry.signer(4)]).toEqual([null, alice.signer]);
    expect(await registry.report(4)).toMatchObject({ reportHash: reportHash(reports[1]) });
    expect(await registry.report(2)).toBeNull();
    expect(await registry.lastReport()).toMatchObject({ epoch: 4, reportHash: reportHash(reports[1]) });
    expect(await registry.seedBase(5)).toEqual({ epoch: 4, seed: reports[1].seed });
  });
});

describe('the network’s view', () => {
  it('has seats in order with their addresses, nodes and policy of an epoch that is final', async () => {
    const seatOf = ({ operator, signer, url }: typeof alice) => ({ operator, signer, url, stake: VALIDATOR_MIN });
    expect(await chain.seats(5)).toEqual([seatOf(alice), seatOf(bob)]);
    expect(await chain.nodes(5)).toMatchObject([{ index: 0, url: 'https://n.example', gpuClass: 'tiny', retired: false }]);
    expect([await chain.policyHash(5), await chain.newestPolicyHash()]).toEqual([POLICY, POLICY]);
    for (const read of [chain.seats, chain.nodes, chain.policyHash]) {
      await expect(read(99)).rejects.toMatchObject({ code: 'behind' });
    }
  });

  it('has a posted report with all that its replay takes from the chain', async () => {
    const [first, second] = reports;
    const posted = await chain.report(alice.operator, 4);
    expect(posted).toMatchObject({ report: second, reportHash: reportHash(second), signer: alice.signer, due: 120, done: 118 });
    expect(posted).toMatchObject({ previous: reportHash(first), seedBase: { epoch: 3, seed: first.seed } });
    expect(await chain.report(alice.operator, 3)).toMatchObject({
      ...{ previous: ZERO32, seedBase: { epoch: 1, seed: seedTip(alice.secret, CHAIN_LENGTH) } },
    });
    expect([await chain.report(bob.operator, 4), await chain.report(addressFor('nobody'), 4)]).toEqual([null, null]);
  });

  it('is what the first checks of a replay agree with', async () => {
    const posted = await chain.report(alice.operator, 4);
    if (posted === null) throw new Error('not posted');
    const { domain, clock } = await registry.deployment();
    const { report, reportHash: hash, signature, signer, due, done, previous, seedBase } = posted;
    const nodes = await chain.nodes(4);
    const facts = {
      ...{
        domain,
        clock,
        epoch: 4,
        validator: alice.operator,
        signer,
        policyHash: POLICY,
        report,
        signature,
        previous,
        seedBase,
      },
      ...{ stored: { reportHash: hash, due, done }, nodes, validatorCount: 2, signers: new Map() },
    };
    expect(postedReportStep(facts).run().failure).toBeNull();
    expect(verifySeed(report.seed, 4, seedBase)).toBe(true);
  });

  it('has posted roots, and the call that posts one', async () => {
    expect([await chain.lastRoot(), await chain.root(3)]).toEqual([null, null]);
    const root = makeRoot(3, { policyHash: POLICY });
    const { seats, signatures } = signRoot(network, root, [alice, bob]);
    const call = chain.postRootCall(root, seats, signatures);
    await network.send(reporter, call.data, call.to);
    expect(await chain.lastRoot()).toEqual({ epoch: 3, rootHash: rootHash(root) });
    expect(await chain.root(3)).toMatchObject({
      root,
      rootHash: rootHash(root),
      seats: 0b11,
      provisional: true,
      previousEpoch: null,
    });
  });

  it('has the calls that prove a fault and execute its slash, and knows how far both are', async () => {
    const proof = twoReports(network, alice, reports[1]);
    const key = faultKey(faultOf(proof));
    expect([await chain.proven(key), await chain.slashes([key]), await chain.slashes([])]).toEqual([false, [], []]);
    const prove = await chain.proveCall(proof);
    expect(prove.to).toBe(network.at.prover);
    await network.send(reporter, prove.data, prove.to);
    expect(await chain.proven(key)).toBe(true);
    expect(await chain.slashes([ZERO32])).toEqual([]);
    const [slash] = await chain.slashes([key, ZERO32]);
    expect(slash).toMatchObject({ faultKey: key, executed: false });
    await network.goTo(8);
    const execute = await chain.executeCall(slash?.slashId ?? -1);
    await network.send(reporter, execute.data, execute.to);
    expect(await chain.slashes([key])).toMatchObject([{ executed: true }]);
    expect(await chain.slash(slash?.slashId ?? -1)).toEqual({ ...slash, executed: true });
  });

  it('says so when no RPC answers', async () => {
    const dead = chainNetwork({ rpcUrls: ['http://127.0.0.1:1'], chainId: CHAIN_ID, registry: network.registry });
    for (const read of [
      () => dead.seats(5),
      () => dead.report(alice.operator, 4),
      () => dead.lastRoot(),
      () => dead.proven(ZERO32),
    ]) {
      await expect(read()).rejects.toMatchObject({ code: 'unreachable' });
    }
  });
});
