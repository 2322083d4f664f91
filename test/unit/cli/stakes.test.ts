// Stakes, rewards, slashes and proofs of faults on the command line, against the real contracts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeFunctionData } from 'viem';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeApprove } from '../../../chain/stake-calls.ts';
import { VALIDATOR_STAKE, readStake, readToken } from '../../../chain/stakes.ts';
import { fromHex, type Hex } from '../../../protocol/bytes.ts';
import { rewardLeaf } from '../../../protocol/consensus/leaves.ts';
import type { Reward } from '../../../protocol/consensus/types.ts';
import { faultOf, type FaultProof } from '../../../protocol/fault-proof.ts';
import { faultKey } from '../../../protocol/faults.ts';
import { policyHash } from '../../../protocol/policy.ts';
import { signerAddress } from '../../../protocol/signer.ts';
import { buildStandardTree, standardProof, standardRoot } from '../../../protocol/trees/standard.ts';
import { rewardDistributorAbi } from '../../../schema/abi/RewardDistributor.ts';
import { serveRoutes, type ArchiveServer } from '../../support/archive-server.ts';
import { VALIDATOR_MIN, tokens } from '../../support/deploy.ts';
import { smallPolicy } from '../../support/world.ts';
import {
  addressFor,
  encodeSigned,
  encodeSignedRoot,
  makeReport,
  makeRoot,
  registerNode,
  registerValidator,
  testValidator,
  type TestNode,
} from '../chain/actors.ts';
import { DEPLOYER, startNetwork, type Network } from '../chain/network.ts';
import { signedChallenge, twoReceipts, twoReports, twoRoots } from '../chain/offences.ts';
import { assay, type Ran } from './io.ts';

// each test runs whole verifications or several transactions; a busy machine takes its time
vi.setConfig({ testTimeout: 60_000 });

const key: Hex = `0x${'c5'.repeat(32)}`;
const owner = signerAddress(fromHex(key));
const env = { ASSAY_OPERATOR_KEY: key };
const folder = mkdtempSync(join(tmpdir(), 'assay-stakes-'));
const validators = ['a', 'b', 'c', 'd'].map(testValidator);
const [alice = testValidator('a'), bob = testValidator('b')] = validators;
const provider = addressFor('provider');

let network: Network;
let server: ArchiveServer;
let node: TestNode;
let target: string[];
let proofs: Record<FaultProof['kind'], FaultProof>;

const run = (...argv: string[]): Promise<Ran> => assay([...argv, ...target], env);
const bonded = async (): Promise<bigint> => (await readStake(network.client, network.at, owner, VALIDATOR_STAKE)).bonded;
const balance = async (): Promise<bigint> => (await readToken(network.client, network.at, owner)).balance;

const rewards: Reward[] = [owner, provider].map((account, i) => ({ account, cumulative: tokens(3 + i) }));
const tree = buildStandardTree(rewards.map(rewardLeaf));

/** What an API says of an account's reward. */
const answerOf = (reward: Reward, proof: readonly Hex[]): Uint8Array =>
  new TextEncoder().encode(
    JSON.stringify({ epoch: 3, leaf: { pool: 0, account: reward.account, cumulative: String(reward.cumulative) }, proof }),
  );

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

beforeAll(async () => {
  network = await startNetwork(policyHash(smallPolicy));
  server = await serveRoutes(new Map());
  target = ['--rpc', network.url, '--registry', network.registry];
  for (const validator of validators) await registerValidator(network, validator);
  node = await registerNode(network, 'n', provider, { url: 'https://n.example', gpuClass: 'tiny', vramMiB: 1 });
  await network.rpc.setBalance({ address: owner, value: 10n ** 20n });
  await network.pay(owner, tokens(2_000));
  await network.goTo(4);
  const report = await makeReport(network, alice, 3);
  await network.send(provider, encodeSigned(network, alice, report));
  proofs = {
    'two-reports': twoReports(network, alice, report),
    'two-roots': twoRoots(network, alice, 3),
    undrawn: signedChallenge(network, alice, { report, policy: smallPolicy }, { slot: 99, draw: 0, nodeId: node.nodeId }),
    'two-receipts': twoReceipts(network, 'n', node),
  };
  await network.send(DEPLOYER, encodeApprove(network.at.distributor, tokens(100)), network.at.token);
  const fund = encodeFunctionData({ abi: rewardDistributorAbi, functionName: 'fund', args: [tokens(100)] });
  await network.send(DEPLOYER, fund, network.at.distributor);
}, 240_000);

afterAll(async () => {
  await network.stop();
  await server.stop();
  rmSync(folder, { recursive: true });
});

describe('stakes', () => {
  it('are added, each time again, or up to the least alone', async () => {
    const first = await run('stake', '--amount', '0.5');
    expect([first.code, first.err]).toEqual([0, '']);
    expect(first.out).toContain('0.5 TEST are the stake as a validator now (at least 1000 TEST are needed to count).');
    await run('stake', '--amount', '0.5');
    expect(await bonded()).toBe(tokens(1));
    await run('stake', '--amount', 'min');
    expect(await bonded()).toBe(VALIDATOR_MIN);
    const again = await run('stake', '--amount', 'min', '--json');
    expect(JSON.parse(again.out)).toMatchObject({ ok: true, bonded: String(VALIDATOR_MIN), transactions: [] });
  });

  it('and bonds of others are added to alike', async () => {
    const { code } = await run('stake', '--amount', '1', '--node-id', node.nodeId, '--owner', provider);
    expect(code).toBe(0);
    const { out } = await assay(['account', '--owner', provider, '--node-id', node.nodeId, ...target]);
    expect(out).toBe(`11 TEST are the bond of node ${node.nodeId} now (at least 10 TEST are needed to count).`);
  });

  it('beyond the balance are refused before anything is sent', async () => {
    const { code, err } = await run('stake', '--amount', '5000');
    expect([code, err]).toEqual([2, expect.stringMatching(/has 999 TEST, and 5000 TEST are to be deposited/)]);
  });

  it('are unbonded, and withdrawn after the delay', async () => {
    expect((await run('withdraw')).err).toMatch(/refuses this with NothingUnbonding\. Nothing was sent\. Nothing waits/);
    const { code, out } = await run('unbond', '--amount', 'all');
    expect([code, out]).toEqual([0, expect.stringMatching(/1000 TEST can be withdrawn from 20\d\d-\d\d-\d\dT[\d:]+Z on\./)]);
    expect((await run('withdraw')).err).toMatch(/StillUnbonding.*The delay is not over/);
    expect((await run('unbond', '--amount', 'all')).err).toContain('nothing can be unbonded');
    expect((await run('unbond', '--amount', '1')).err).toContain('InsufficientBond');
  });
});

describe('a claim', () => {
  const claim = (...more: string[]): Promise<Ran> =>
    run('claim', '--api', server.url, '--distributor', network.at.distributor, ...more);
  const path = (account: Hex): string => `/v1/consensus/3/rewards/${account}`;

  it('waits for a root', async () => {
    expect((await claim()).err).toContain('No consensus root is posted yet.');
    expect((await claim('--epoch', '3')).err).toContain('No consensus root is posted for epoch 3.');
  });

  it('is not sent with a line or a proof that the root does not have', async () => {
    await network.goTo(5);
    const root = { ...makeRoot(3), rewardRoot: standardRoot(tree), policyHash: policyHash(smallPolicy) };
    await network.send(provider, encodeSignedRoot(network, root, validators));
    expect((await claim()).err).toContain(`The API has no reward of ${owner} under the root of epoch 3`);
    const [own = { account: owner, cumulative: 0n }] = rewards;
    const proof = standardProof(tree.nodes, tree.places[0] ?? 0);
    const lies = [
      answerOf({ ...own, cumulative: tokens(99) }, proof),
      answerOf(own, []),
      answerOf(rewards[1] ?? own, standardProof(tree.nodes, tree.places[1] ?? 0)),
      new TextEncoder().encode('{}'),
    ];
    for (const bytes of lies) {
      server.routes.set(path(owner), bytes);
      const { code, err } = await claim();
      expect([code, err]).toEqual([
        2,
        expect.stringContaining('is not in the reward tree of epoch 3 on chain. Nothing was sent.'),
      ]);
    }
    server.routes.set(path(owner), answerOf(own, proof));
  });

  it('pays what was earned, and nothing a second time', async () => {
    const before = await balance();
    const { code, out, err } = await claim();
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`${owner} has earned 3 TEST by epoch 3, of which 0 TEST were paid.\nclaiming 3 TEST …`);
    expect(await balance()).toBe(before + tokens(3));
    const again = await claim('--json');
    expect(JSON.parse(again.out)).toMatchObject({ ok: true, cumulative: String(tokens(3)), paid: '0', transactions: [] });
  });

  it('for somebody else goes to that account', async () => {
    server.routes.set(
      path(provider),
      answerOf(rewards[1] ?? { account: owner, cumulative: 0n }, standardProof(tree.nodes, tree.places[1] ?? 0)),
    );
    expect((await claim('--account', provider)).code).toBe(0);
    expect((await readToken(network.client, network.at, provider)).balance).toBe(tokens(4));
  });

  it('at another distributor is refused', async () => {
    const { code, err } = await run('claim', '--api', server.url, '--distributor', network.at.token);
    expect([code, err]).toEqual([2, expect.stringContaining("isn't the reward distributor of this registry")]);
  });
});

describe('faults', () => {
  it.each(['two-reports', 'two-roots', 'undrawn', 'two-receipts'] as const)('are proven from a file: %s', async (kind) => {
    const proof = proofs[kind];
    const { code, out, err } = await run('prove-fault', '--file', file(`${kind}.json`, proof), '--json');
    expect([code, err]).toEqual([0, '']);
    const offender = kind === 'two-receipts' ? node.nodeId : alice.operator;
    expect(JSON.parse(out)).toMatchObject({ ok: true, kind, offender, faultKey: faultKey(faultOf(proof)), executed: false });
  });

  it('proven before are told so, from what an API shows as well', async () => {
    const shown = { faultKey: faultKey(faultOf(proofs['two-roots'])), state: 'proven', proof: proofs['two-roots'] };
    const { code, out } = await run('prove-fault', '--file', file('shown.json', shown));
    expect([code, out]).toEqual([0, expect.stringMatching(/is proven already\.\nSlash 1 of 0x\w+: anybody may execute it from/)]);
  });

  it('that are none are refused by name, and files that are none before that', async () => {
    const honest = { ...proofs.undrawn, challenge: { ...(proofs.undrawn as { challenge: object }).challenge, epoch: 4 } };
    expect((await run('prove-fault', '--file', file('other.json', honest))).err).toMatch(
      /The fault prover refuses this with OtherEpoch/,
    );
    for (const content of ['', '{}', JSON.stringify({ ...proofs['two-reports'], extra: 1 }), 'x'.repeat(600_000)]) {
      const { code, err } = await run('prove-fault', '--file', file('bad.json', content));
      expect([code, err]).toEqual([2, expect.stringMatching(/is no proof of a fault|is too large for a proof/)]);
    }
  });
});

describe('slashes', () => {
  it('are listed with what they take, from whom and when', async () => {
    const { code, out } = await assay(['slashes', ...target]);
    const lines = out.split('\n');
    expect([code, lines.length]).toEqual([0, 4]);
    expect(lines[0]).toMatch(
      new RegExp(`^0  validator ${alice.operator}: 50 % of what it holds, (from|may).*, reported by ${owner}$`),
    );
    expect(lines[3]).toContain(`node ${node.nodeId} of ${provider}: 20 % of what it holds`);
    const json = await assay(['slashes', '--owner', provider, '--limit', '2', '--json', ...target]);
    expect((JSON.parse(json.out) as { slashes: object[] }).slashes).toMatchObject([
      { slashId: 3, owner: provider, ppm: 200_000 },
    ]);
  });

  it('are executed after their delay, once', async () => {
    const execute = (): Promise<Ran> => run('execute-slash', '--id', '3');
    expect((await execute()).err).toMatch(/SlashNotDue.*`assay slashes` says when it is/);
    await network.goTo(40);
    expect(await execute()).toMatchObject({ code: 0, out: expect.stringContaining('Slash 3 is taken.') as string });
    expect((await execute()).err).toContain('SlashDone');
    expect((await readStake(network.client, network.at, provider, node.nodeId)).bonded).toBe((tokens(11) * 8n) / 10n);
    expect((await run('withdraw')).code).toBe(0);
  });

  it('are queued for no fault of an epoch that is long over', async () => {
    const late = file('late.json', twoRoots(network, bob, 3));
    const { code, err } = await run('prove-fault', '--file', late);
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/prover refuses this with FaultTooOld\. Nothing was sent\. Faults of an/),
    ]);
  });
});
