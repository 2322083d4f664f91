// "Verify this" over golden leaves and roots of the protocol, with the registry's answer encoded by a library: what matches is verified, and
// whatever is changed, by the service or on the way, is refused by its name.
import { readFileSync } from 'node:fs';
import { decodeFunctionData, encodeFunctionResult } from 'viem';
import { describe, expect, test } from 'vitest';
import { checkLeaves, type LeafPorts, type LeafStep, type LeafTask } from '../../../chain/leaf-check.ts';
import { toHex, type Hex } from '../../../protocol/bytes.ts';
import { scoreLine, scoreTreeLeaves, serviceLine } from '../../../protocol/consensus/leaves.ts';
import type { Leaves, ValidatorScore } from '../../../protocol/consensus/types.ts';
import { buildStandardTree, standardProof } from '../../../protocol/trees/standard.ts';
import { auditRegistryAbi as abi } from '../../../schema/abi/AuditRegistry.ts';

/** Amounts are texts in the vectors. */
type Told = Omit<Leaves, 'validators'> & { validators: readonly (Omit<ValidatorScore, 'reward'> & { reward: string })[] };
type Golden = { name: string; input: { epoch: number }; leaves: Told; roots: { scoreRoot: Hex }; rootHash: Hex };
const golden = JSON.parse(readFileSync(new URL('../../vectors/consensus.json', import.meta.url), 'utf8')) as { cases: Golden[] };

const REGISTRY: Hex = `0x${'5e'.repeat(20)}`;
const CHAIN = 31_337;

const numbered = (leaves: Told): Leaves => ({
  ...leaves,
  validators: leaves.validators.map((line): ValidatorScore => ({ ...line, reward: BigInt(line.reward) })),
});

type Document = { leaf: Record<string, unknown>; leafHash: string; root: string; proof: string[] };
type Served = Map<string, Document>;

function documentsOf({ input: { epoch }, leaves: told, roots }: Golden, nodeIndex: number): Served {
  const leaves = numbered(told);
  const hashes = scoreTreeLeaves(leaves);
  const { nodes, places } = buildStandardTree(hashes);
  const document = (line: number, leaf: object): Document => ({
    leaf: { ...leaf },
    leafHash: toHex(hashes[line] ?? new Uint8Array()),
    root: roots.scoreRoot,
    proof: standardProof(nodes, places[line] ?? 0),
  });
  const [score, service] = [leaves.scores, leaves.services].map(
    (list) => list.find((line) => line.nodeIndex === nodeIndex) ?? {},
  );
  return new Map([
    [`/v1/consensus/${String(epoch)}/scores/${String(nodeIndex)}`, document(scoreLine(leaves, nodeIndex), score ?? {})],
    [`/v1/consensus/${String(epoch)}/services/${String(nodeIndex)}`, document(serviceLine(leaves, nodeIndex), service ?? {})],
  ]);
}

/** The registry as a library encodes it: one posted root, and nothing for other epochs. */
function registryOf({ input: { epoch }, roots, rootHash }: Golden): LeafPorts['rpc'] {
  const none: Hex = `0x${'00'.repeat(32)}`;
  return async (method, params) => {
    if (method === 'eth_chainId') return `0x${CHAIN.toString(16)}`;
    const [{ to, data }] = params as [{ to: Hex; data: Hex }];
    if (to !== REGISTRY) return '0x';
    const { functionName, args } = decodeFunctionData({ abi, data });
    expect([method, functionName]).toEqual(['eth_call', 'rootOf']);
    const posted = args[0] === BigInt(epoch);
    const hashes = { rootHash, scoreRoot: posted ? roots.scoreRoot : none, rewardRoot: none, penaltyRoot: none };
    const rest = { round: 0, provisional: true, previousEpoch: 0n, blockNumber: 7n, timestamp: 8n };
    return encodeFunctionResult({ abi, functionName: 'rootOf', result: { posted, ...hashes, ...rest } });
  };
}

function firstOf<T>(list: Iterable<T>): T {
  for (const one of list) return one;
  throw new Error('Nothing is there.');
}

const first = firstOf(golden.cases);
const NODE = first.leaves.scores[0]?.nodeIndex ?? -1;
const scorePath = `/v1/consensus/${String(first.input.epoch)}/scores/${String(NODE)}`;
const servicePath = `/v1/consensus/${String(first.input.epoch)}/services/${String(NODE)}`;

async function check(served: Served, change: Partial<LeafTask> = {}, rpc = registryOf(first)) {
  const steps: LeafStep[] = [];
  const api = async (path: string): Promise<unknown> => {
    const found = served.get(path);
    if (found === undefined) throw new Error('This service answered 404.');
    return JSON.parse(JSON.stringify(found)) as unknown;
  };
  const task = {
    epoch: first.input.epoch,
    nodeIndex: NODE,
    nodeId: null,
    registry: REGISTRY,
    chainId: CHAIN,
    shown: {},
    ...change,
  };
  const outcome = await checkLeaves({ api, rpc }, task, (step) => steps.push(step));
  return { outcome, steps, last: steps.at(-1)?.detail ?? '' };
}

/** Honest documents, one of them changed. */
function tampered(path: string, change: (document: Document) => void): Served {
  const served = documentsOf(first, NODE);
  const document = served.get(path);
  if (document === undefined) throw new Error(`No document at ${path}.`);
  change(document);
  return served;
}

describe('what matches', () => {
  test.each(golden.cases.flatMap((one) => one.leaves.scores.map(({ nodeIndex }) => [one.name, nodeIndex, one] as const)))(
    '%s, node %i: verified, each step told',
    async (_, nodeIndex, one) => {
      const task = { epoch: one.input.epoch, nodeIndex };
      const { outcome, steps } = await check(documentsOf(one, nodeIndex), task, registryOf(one));
      expect([outcome, steps.length, steps.every(({ ok }) => ok)]).toEqual(['verified', 7, true]);
      expect(steps[0]?.detail).toBe(one.roots.scoreRoot);
    },
  );
  test('numbers that the page shows are compared', async () => {
    const shown = { scorePpm: first.leaves.scores[0]?.scorePpm ?? 0, uptimePpm: first.leaves.services[0]?.uptimePpm ?? 0 };
    expect((await check(documentsOf(first, NODE), { shown })).outcome).toBe('verified');
    const other = await check(documentsOf(first, NODE), { shown: { ...shown, uptimePpm: shown.uptimePpm + 1 } });
    expect([other.outcome, other.last]).toEqual(['differs', expect.stringContaining('The page says uptimePpm')]);
  });
});

describe('what does not', () => {
  const fields = Object.keys(first.leaves.scores[0] ?? {}).filter((field) => !['epoch', 'nodeIndex', 'nodeId'].includes(field));
  test.each(fields)('a score whose %s is another', async (field) => {
    const served = tampered(scorePath, ({ leaf }) => (leaf[field] = Number(leaf[field]) + 1));
    const { outcome, last } = await check(served);
    expect([outcome, last]).toEqual(['differs', expect.stringContaining('The leaf is not the one that was agreed on')]);
  });
  test('a service whose latency is another', async () => {
    const served = tampered(servicePath, ({ leaf }) => (leaf['latencyMs'] = 1));
    expect((await check(served)).outcome).toBe('differs');
  });
  test('a changed leaf with a leaf hash that fits it', async () => {
    const lie = documentsOf(first, NODE).get(scorePath);
    const leaf = { ...lie?.leaf, scorePpm: 999_999 };
    const forged = {
      ...first,
      leaves: { ...first.leaves, scores: first.leaves.scores.map((line, i) => (i === 0 ? { ...line, ...leaf } : line)) },
    };
    const { outcome, last } = await check(documentsOf(forged, NODE));
    expect([outcome, last]).toEqual(['differs', expect.stringContaining('Leaf or proof was changed')]);
  });
  test('a whole tree of lies with a root that fits it: the chain has another', async () => {
    const forged = { ...first, roots: { scoreRoot: `0x${'ab'.repeat(32)}` as const } };
    const { outcome, last } = await check(documentsOf(first, NODE), {}, registryOf(forged));
    expect([outcome, last]).toEqual(['differs', expect.stringContaining('on chain stands 0xabab')]);
  });
  test('a proof with a step too few, too many, or another', async () => {
    for (const change of [
      (proof: string[]) => proof.pop(),
      (proof: string[]) => proof.push(`0x${'00'.repeat(32)}`),
      (proof: string[]) => proof.splice(0, 1, `0x${'11'.repeat(32)}`),
    ]) {
      const served = tampered(scorePath, ({ proof }) => void change(proof));
      expect((await check(served)).outcome).toBe('differs');
    }
  });
  test('another node’s leaf, or another node’s id', async () => {
    const other = documentsOf(first, first.leaves.scores[1]?.nodeIndex ?? -1);
    const served = new Map([[scorePath, firstOf(other.values())]]);
    expect((await check(served)).last).toContain('which was not asked for');
    expect((await check(documentsOf(first, NODE), { nodeId: `0x${'77'.repeat(32)}` })).last).toContain('which was not asked for');
  });
  test('another chain, no registry, no root of that epoch', async () => {
    expect((await check(documentsOf(first, NODE), { chainId: 1 })).last).toContain('The RPC serves chain 31337');
    expect((await check(documentsOf(first, NODE), { registry: `0x${'5f'.repeat(20)}` })).last).toContain('there is no registry');
    expect((await check(documentsOf(first, NODE), { epoch: 4_000_000 })).last).toContain(
      'No root stands on chain for epoch 4000000',
    );
  });
  test.each([
    ['no object', 'text'],
    ['no leaf', {}],
    ['a number that is none', { leaf: { epoch: '9' }, proof: [] }],
    ['endless proofs', { leaf: {}, proof: Array.from({ length: 65 }, () => `0x${'00'.repeat(32)}`) }],
  ])('an answer with %s', async (_, body) => {
    expect((await check(new Map([[scorePath, body as unknown as Document]]))).outcome).toBe('differs');
  });
  test('what could not be asked is told apart from what differs', async () => {
    expect((await check(new Map())).outcome).toBe('unchecked');
    const dead = async (): Promise<unknown> => {
      throw new Error('The RPC could not be reached, or does not let pages ask it.');
    };
    const { outcome, last } = await check(documentsOf(first, NODE), {}, dead);
    expect([outcome, last]).toEqual(['unchecked', expect.stringContaining('RPC')]);
  });
});
