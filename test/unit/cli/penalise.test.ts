// What consensus roots charge a node, taken to the chain from the command line, against the real contracts.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { encodeRetireValidator } from '../../../chain/transactions.ts';
import { readStake } from '../../../chain/stakes.ts';
import { fromHex, type Hex } from '../../../protocol/bytes.ts';
import { penaltyLeaf } from '../../../protocol/consensus/leaves.ts';
import { rootHash } from '../../../protocol/consensus/root.ts';
import type { Penalty } from '../../../protocol/consensus/types.ts';
import { signerAddress } from '../../../protocol/signer.ts';
import { buildStandardTree, standardProof, standardRoot } from '../../../protocol/trees/standard.ts';
import { serveRoutes, type ArchiveServer } from '../../support/archive-server.ts';
import { NODE_MIN, SLASH_DELAY_SECONDS, tokens } from '../../support/deploy.ts';
import {
  addressFor,
  encodeSignedRoot,
  makeRoot,
  registerNode,
  registerValidator,
  testValidator,
  word,
  type TestNode,
} from '../chain/actors.ts';
import { SLOTS_PER_EPOCH, SLOT_SECONDS, startNetwork, type Network } from '../chain/network.ts';
import { assay, type Ran } from './io.ts';

// each test makes several transactions; a busy machine takes its time
vi.setConfig({ testTimeout: 60_000 });

const EPOCH_SECONDS = SLOT_SECONDS * SLOTS_PER_EPOCH;
const key: Hex = `0x${'c5'.repeat(32)}`;
const env = { ASSAY_OPERATOR_KEY: key };
const sender = addressFor('anybody');
const provider = addressFor('provider');
const validators = ['a', 'b', 'c', 'd'].map(testValidator);
const emptyNode = word('a node without a bond');

let network: Network;
let server: ArchiveServer;
let node: TestNode;
let previousRoot: Hex | undefined;

beforeAll(async () => {
  network = await startNetwork();
  server = await serveRoutes(new Map());
  for (const validator of validators) await registerValidator(network, validator);
  node = await registerNode(network, 'n', provider, { url: 'https://n.example', gpuClass: 'tiny', vramMiB: 1 });
  await network.rpc.setBalance({ address: signerAddress(fromHex(key)), value: 10n ** 20n });
}, 240_000);

afterAll(async () => {
  await network.stop();
  await server.stop();
});

async function penalise(...more: string[]): Promise<Ran> {
  const place = ['--api', server.url, '--rpc', network.url, '--registry', network.registry];
  return assay(['penalise', ...place, '--node-id', node.nodeId, ...more], env);
}

const bond = async (): Promise<bigint> => (await readStake(network.client, network.at, provider, node.nodeId)).bonded;

function serve(epoch: number, { owner, nodeId, cumulative }: Penalty, proof: readonly Hex[]): void {
  const text = JSON.stringify({ epoch, leaf: { owner, nodeId, cumulative: String(cumulative) }, proof });
  server.routes.set(`/v1/consensus/${String(epoch)}/penalties/${nodeId}`, new TextEncoder().encode(text));
}

/** Posts a root that charges the node so much in all, and serves its lines. */
async function postRoot(epoch: number, cumulative: bigint, signers = validators): Promise<void> {
  const penalties = [node.nodeId, emptyNode].map((nodeId) => ({ owner: provider, nodeId, cumulative }));
  const tree = buildStandardTree(penalties.map(penaltyLeaf));
  const root = makeRoot(epoch, { penaltyRoot: standardRoot(tree), ...(previousRoot === undefined ? {} : { previousRoot }) });
  await network.send(sender, encodeSignedRoot(network, root, signers));
  previousRoot = rootHash(root);
  for (const [i, penalty] of penalties.entries()) serve(epoch, penalty, standardProof(tree.nodes, tree.places[i] ?? 0));
}

it('waits for a root', async () => {
  await network.goTo(5);
  expect(await penalise()).toMatchObject({ code: 2, err: expect.stringContaining('No consensus root is posted yet.') as string });
});

it('says what will be taken and when, and queues it', async () => {
  await postRoot(3, tokens(1) / 2n);
  const { code, out, err } = await penalise();
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain(
    `Node ${node.nodeId} of ${provider} is charged 0.5 TEST by epoch 3, of which 0 TEST were queued. ` +
      `0.5 TEST will be taken, not before ${String(SLASH_DELAY_SECONDS)} seconds from now.\nqueueing 0.5 TEST …`,
  );
  expect(out).toMatch(/Slash 0 of 0x\w+: anybody may execute it from 20\d\d-\d\d-\d\dT[\d:]+Z on\.$/);
  expect(await bond()).toBe(NODE_MIN);
});

it('does nothing twice', async () => {
  const { code, out } = await penalise('--json');
  expect([code, JSON.parse(out)]).toMatchObject([0, { ok: true, nodeId: node.nodeId, queued: '0', transactions: [] }]);
  expect((await penalise()).out).toContain('all of it was queued before: nothing is due.');
});

it('leaves to later roots what is above the cap of one', async () => {
  await network.goTo(6);
  await postRoot(4, tokens(7) / 2n);
  const { code, out } = await penalise('--json');
  expect([code, JSON.parse(out)]).toMatchObject([
    0,
    { epoch: 4, cumulative: String(tokens(7) / 2n), queued: String(NODE_MIN / 10n), slashId: 1, executed: false },
  ]);
  const again = await penalise();
  expect([again.code, again.err]).toEqual([
    2,
    expect.stringMatching(/root of epoch 4 was used against node 0x\w+ already, and only a newer one can be\. Nothing was sent/),
  ]);
});

it('is not sent with a line or a proof that the root does not have', async () => {
  await network.goTo(7);
  await postRoot(5, tokens(4));
  const path = `/v1/consensus/5/penalties/${node.nodeId}`;
  const honest = server.routes.get(path) ?? null;
  const line = { owner: provider, nodeId: node.nodeId, cumulative: tokens(4) };
  const other = server.routes.get(`/v1/consensus/5/penalties/${emptyNode}`) ?? null;
  const lies = [
    () => {
      serve(5, { ...line, cumulative: tokens(9) }, []);
    },
    () => {
      serve(5, { ...line, owner: sender }, []);
    },
    () => {
      server.routes.set(path, other);
    },
    () => {
      server.routes.set(path, Uint8Array.of(1));
    },
  ];
  for (const lie of lies) {
    lie();
    const { code, err } = await penalise();
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('is not in the penalty tree of epoch 5 on chain. Nothing was sent.'),
    ]);
  }
  server.routes.delete(path);
  expect((await penalise()).err).toContain('it was not charged for anything, or take another --api');
  server.routes.set(path, honest);
});

it('refuses what finds an empty bond', async () => {
  const place = ['--api', server.url, '--rpc', network.url, '--registry', network.registry, '--node-id', emptyNode];
  const { code, err } = await assay(['penalise', ...place], env);
  expect([code, err]).toEqual([2, expect.stringContaining('holds nothing that could be taken. Nothing was sent.')]);
});

it('is taken by anybody after the delay', async () => {
  await network.goTo(8 + Math.ceil(SLASH_DELAY_SECONDS / EPOCH_SECONDS));
  const place = ['--rpc', network.url, '--registry', network.registry];
  for (const id of ['0', '1']) expect((await assay(['execute-slash', '--id', id, ...place], env)).code).toBe(0);
  expect(await bond()).toBe(NODE_MIN - tokens(1) / 2n - NODE_MIN / 10n);
});

it('refuses a provisional root', async () => {
  const [, , , last] = validators;
  const now = 9 + Math.ceil(SLASH_DELAY_SECONDS / EPOCH_SECONDS);
  await network.goTo(now);
  await network.send(last?.operator ?? sender, encodeRetireValidator());
  await network.goTo(now + 4);
  await postRoot(now + 2, tokens(5), validators.slice(0, 3));
  const { code, err } = await penalise();
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(
      /is provisional: fewer than 4 validators had a seat, so no penalty follows from it\. Nothing was sent\./,
    ),
  ]);
});
