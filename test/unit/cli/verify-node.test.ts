// `assay verify --node` against a root on a real chain: what is served of a node is held against it, and a leaf that was changed is refused.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { toHex } from '../../../protocol/bytes.ts';
import { scoreLine, scoreTreeLeaves, serviceLine } from '../../../protocol/consensus/leaves.ts';
import type { Leaves } from '../../../protocol/consensus/types.ts';
import { buildStandardTree, standardProof, standardRoot } from '../../../protocol/trees/standard.ts';
import { startConsensus, type ConsensusFixture } from './consensus-fixture.ts';
import { assay, type Ran } from './io.ts';

vi.setConfig({ testTimeout: 60_000 });

const EPOCH = 3;
const NODE = 1;
let fixture: ConsensusFixture;
let leaves: Leaves;

/** Serves a node's leaves and proofs as the API does; `change` lies about its score. */
function serve(change: object = {}): void {
  const hashes = scoreTreeLeaves(leaves);
  const tree = buildStandardTree(hashes);
  const document = (line: number, leaf: object): Uint8Array => {
    const proof = standardProof(tree.nodes, tree.places[line] ?? 0);
    const told = { leaf, leafHash: toHex(hashes[line] ?? new Uint8Array()), root: standardRoot(tree), proof };
    return new TextEncoder().encode(JSON.stringify(told));
  };
  const { routes } = fixture.server;
  const base = `/api/v1/consensus/${String(EPOCH)}`;
  routes.set(`${base}/scores/${String(NODE)}`, document(scoreLine(leaves, NODE), { ...leaves.scores[NODE], ...change }));
  routes.set(`${base}/services/${String(NODE)}`, document(serviceLine(leaves, NODE), { ...leaves.services[NODE] }));
}

const verify = (...more: string[]): Promise<Ran> => {
  const { network, server } = fixture;
  const place = ['--api', `${server.url}/api`, '--rpc', network.url, '--registry', network.registry];
  return assay(['verify', '--epoch', String(EPOCH), ...place, ...more]);
};

beforeAll(async () => {
  fixture = await startConsensus();
  const reports = await fixture.report(EPOCH);
  await fixture.report(EPOCH + 1);
  leaves = await fixture.root(EPOCH, reports);
}, 240_000);

afterAll(() => fixture.stop());

test('what is served stands on chain', async () => {
  serve();
  const { code, out } = await verify('--node', String(NODE));
  expect([code, out]).toEqual([0, expect.stringContaining('Node 1 verifies')]);
  expect(out.match(/✓/g)).toHaveLength(7);
  const told = JSON.parse((await verify('--node', String(NODE), '--json')).out) as {
    ok: boolean;
    node: number;
    steps: unknown[];
  };
  expect([told.ok, told.node, told.steps.length]).toEqual([true, NODE, 7]);
});

test('a changed leaf is refused, with exit code 1', async () => {
  serve({ scorePpm: 999_999 });
  const { code, out } = await verify('--node', String(NODE));
  expect([code, out]).toEqual([1, expect.stringContaining('✗ It does not match')]);
});

test('a node that the API does not know could not be checked, with exit code 2', async () => {
  const { code, err } = await verify('--node', '77');
  expect([code, err]).toEqual([2, expect.stringContaining('has nothing at /v1/consensus/3/scores/77')]);
  expect((await verify('--node', '1', '--consensus')).err).toContain('--node needs --api');
});
