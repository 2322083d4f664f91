// Every route of the network's part over rows as the store writes them: form, contents, bounds, caching, and proofs that verify.
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromHex, toHex, type Hex } from '../../../protocol/bytes.ts';
import { penaltyLeaf, rewardLeaf, scoreLeaf, serviceLeaf, validatorLeaf } from '../../../protocol/consensus/leaves.ts';
import { rootHash } from '../../../protocol/consensus/root.ts';
import { reportSetHash } from '../../../protocol/consensus/sets.ts';
import { policyHash } from '../../../protocol/policy.ts';
import { verifyStandardProof } from '../../../protocol/trees/standard.ts';
import { sha256 } from '../../../protocol/hash.ts';
import {
  consensusDetail,
  consensusList,
  faultDetail,
  faultList,
  penaltyProof,
  rewardProof,
  scoreList,
  scoreProof,
  serviceProof,
  signedReport,
  validatorDetail,
  validatorList,
  validatorProof,
  type ConsensusItem,
  type FaultItem,
  type ScoreItem,
} from '../../../schema/api/consensus.ts';
import { network } from '../../../schema/api/network.ts';
import { nodeDetail, nodeList, type NodeItem } from '../../../schema/api/nodes.ts';
import { shippedPolicies } from '../../../schema/policy/shipped.ts';
import {
  parseLeaves,
  parseObjections,
  parseReportSet,
  parseSignedReport,
  parseStatements,
} from '../../../schema/wire/network.ts';
import { json, refused, walk } from '../support/ask.ts';
import { addEpoch, nodeIdOf } from '../support/ledger-rows.ts';
import {
  addNetworkEpoch,
  addObject,
  hashOf,
  networkNode,
  operatorOf,
  seatOf,
  store,
  type SeededNetwork,
} from '../support/network-rows.ts';
import { bindings, freshDatabase, gatewayPorts, revealMs, siteAt, type Site } from '../support/web-env.ts';

const LAST = 7;
const NODES = Array.from({ length: 33 }, (_, index) => index);
const site = siteAt(revealMs(LAST));
const gateway = siteAt(revealMs(LAST), gatewayPorts(revealMs(LAST)));
const FAILED = { state: 'failed', check: 'audit root', detail: 'the records give another root' } as const;
let final: SeededNetwork;
let disputed: SeededNetwork;

beforeAll(async () => {
  await freshDatabase();
  // Before anybody had a seat: known, and in no list of epochs.
  await store().observe({ epoch: 0, policyHash: hashOf('policy'), nodeCount: 0, seats: [], beacon: null }, []);
  let previous = null;
  for (let epoch = 1; epoch <= LAST; epoch++) {
    const root = epoch === LAST || epoch === 3 ? 'none' : epoch === 5 ? 'disputed' : 'final';
    const seeded = await addNetworkEpoch({
      ...{ epoch, nodes: NODES, root, previous, stored: epoch === 4 },
      standing: epoch === 6 ? { 1: FAILED } : {},
    });
    if (root === 'final') previous = seeded.stored;
    if (epoch === 6) final = seeded;
    if (epoch === 5) disputed = seeded;
  }
  for (const [draw, confirmed] of [
    [0, true],
    [1, false],
    [2, null],
  ] as const) {
    await store().addObjection({
      epoch: 6,
      validator: operatorOf(1),
      slot: 3,
      draw,
      raisedBy: operatorOf(0),
      confirmed,
      detail: null,
    });
  }
  await store().disagree({ epoch: 6, round: 1, validator: operatorOf(2), detail: 'node 3: scorePpm 1 / 2' });
  for (let n = 0; n < 12; n++) {
    await store().addFault({
      ...{ faultKey: hashOf('fault', n), kind: 'two-roots', offender: operatorOf(n % 4), epoch: 1 + (n % 6), state: 'proven' },
      ...{ proof: { kind: 'two-roots', validator: operatorOf(n % 4), n } as never, detail: `fault ${String(n)}`, foundAtMs: 0 },
    });
  }
  await addEpoch({ epoch: 6, nodes: [0, 1], slots: 3 });
  await addEpoch({ epoch: LAST, nodes: [0, 1], slots: 3, state: 'sealed' });
}, 60_000);

const bytesOf = async (at: Site, path: string): Promise<Uint8Array> => {
  const answer = await at.get(path);
  expect([path, answer.status]).toEqual([path, 200]);
  return new Uint8Array(await answer.arrayBuffer());
};

describe('roots', () => {
  test('each public epoch once, newest first, with its state and signers', async () => {
    for (const at of [site, gateway]) {
      const items: ConsensusItem[] = await walk(at, '/v1/consensus?limit=3', consensusList);
      expect(items.map(({ epoch, state }) => [epoch, state])).toEqual([
        [7, 'open'],
        [6, 'final'],
        [5, 'disputed'],
        [4, 'final'],
        [3, 'skipped'],
        [2, 'final'],
        [1, 'final'],
      ]);
      expect(items[1]?.signers.map(({ signed }) => signed)).toEqual([true, true, true, false]);
      expect(items[0]?.signers.map(({ signed }) => signed)).toEqual([null, null, null, null]);
    }
  });
  test('one: root, seats, who is left out and why, disagreements, transaction', async () => {
    const detail = await json(site, '/v1/consensus/6', consensusDetail);
    expect(detail.root === null ? null : rootHash(detail.root)).toBe(final.rootHash);
    expect(detail).toMatchObject({ state: 'final', provisional: false, previousEpoch: 4, transactionHash: hashOf('posted', 6) });
    expect(detail.seats.map(({ counted }) => counted)).toEqual([true, false, true, true]);
    expect(detail.seats[1]?.leftOut).toBe('Its archive did not pass: audit root: the records give another root');
    expect(detail.seats[0]).toMatchObject({ leftOut: null, weightPpm: 250_000, stake: `1000${'0'.repeat(18)}` });
    expect(detail.disagreements).toEqual([{ round: 1, validator: operatorOf(2), detail: 'node 3: scorePpm 1 / 2' }]);
    expect(await json(site, '/v1/consensus/5', consensusDetail)).toMatchObject({
      state: 'disputed',
      note: 'node 3: scorePpm 900000 / 800000',
      links: { leaves: null, scores: null },
    });
  });
  test('an open epoch becomes a skipped one when its rounds are over', async () => {
    const state = async (epoch: number): Promise<string> =>
      (await json(siteAt(revealMs(epoch)), `/v1/consensus/${String(LAST)}`, consensusDetail)).state;
    expect([await state(LAST), await state(LAST + 1), await state(LAST + 2)]).toEqual(['open', 'open', 'skipped']);
  });
  test('caching: what is settled keeps, what may change does not', async () => {
    const caching = async (at: Site, path: string): Promise<string | null> => (await at.get(path)).headers.get('cache-control');
    expect(await caching(siteAt(revealMs(20)), '/v1/consensus/6')).toContain('immutable');
    expect(await caching(site, '/v1/consensus/6')).toBe('public, max-age=3');
    expect(await caching(site, '/v1/consensus/5')).toBe('public, max-age=3');
    expect(await caching(site, '/v1/consensus/6/statements')).toBe('public, max-age=1');
    for (const path of ['scores', 'scores/0', `validators/${operatorOf(0)}`, `rewards/${operatorOf(0)}`, 'leaves'])
      expect([path, await caching(site, `/v1/consensus/6/${path}`)]).toEqual([path, expect.stringContaining('immutable')]);
    expect(await caching(site, `/v1/report-sets/${final.root.reportSetHash}`)).toContain('immutable');
    expect(await caching(site, '/v1/validators')).toBe('public, max-age=3');
  });
});

describe('what validators tell one another', () => {
  test('statements, objections, report sets: as the parsers of peers read them', async () => {
    for (const at of [site, gateway]) {
      const statements = parseStatements(await bytesOf(at, '/v1/consensus/6/statements'));
      expect(statements?.map(({ validator }) => validator).toSorted()).toEqual([0, 1, 2].map(operatorOf).toSorted());
      expect(statements?.map(({ root }) => rootHash(root))).toEqual([final.rootHash, final.rootHash, final.rootHash]);
      expect(parseObjections(await bytesOf(at, '/v1/consensus/6/objections'))).toEqual([
        { validator: operatorOf(1), slot: 3, draw: 0 },
      ]);
      const entries = parseReportSet(await bytesOf(at, `/v1/report-sets/${final.root.reportSetHash}`));
      expect(reportSetHash(entries ?? [])).toBe(final.root.reportSetHash);
    }
  });
  test('leaves: from the tables, from the object, of a root that was not posted', async () => {
    expect(parseLeaves(await bytesOf(site, '/v1/consensus/6/leaves'))).toEqual(final.leaves);
    expect(parseLeaves(await bytesOf(gateway, `/v1/consensus/6/leaves?root=${final.rootHash}`))).toEqual(final.leaves);
    expect(parseLeaves(await bytesOf(site, '/v1/consensus/4/leaves'))?.scores[0]?.epoch).toBe(4);
    await bindings.ARCHIVE.put(`consensus/${disputed.rootHash.slice(2)}`, '{"x":1}', { customMetadata: { epoch: '5' } });
    expect(new TextDecoder().decode(await bytesOf(site, `/v1/consensus/5/leaves?root=${disputed.rootHash}`))).toBe('{"x":1}');
    expect(await refused(site, '/v1/consensus/5/leaves')).toMatchObject({ status: 404, code: 'not-found' });
    // An object answers under its own epoch only.
    expect(await refused(site, `/v1/consensus/6/leaves?root=${disputed.rootHash}`)).toMatchObject({ code: 'not-found' });
    expect(await refused(site, '/v1/consensus/6/leaves?root=0x12')).toMatchObject({ status: 400, code: 'bad-query' });
    const again = await site.get('/v1/consensus/6/leaves', { headers: { 'if-none-match': `W/"${final.rootHash}"` } });
    expect(again.status).toBe(304);
  });
  test('the own report: as a peer reads it; not before the chain has it or the reveal', async () => {
    const told = parseSignedReport(await bytesOf(site, '/v1/epochs/6/report'));
    expect(told?.report.epoch).toBe(6);
    expect(signedReport.parse(await (await site.get(`/v1/epochs/${String(LAST)}/report`)).json()).report.epoch).toBe(LAST);
    const before = siteAt(revealMs(LAST) - 1000);
    expect(await refused(before, `/v1/epochs/${String(LAST)}/report`)).toMatchObject({ status: 404, code: 'not-revealed' });
    // A posted report is public with its seed: the chain has both.
    expect((await siteAt(revealMs(5)).get('/v1/epochs/6/report')).status).toBe(200);
    expect(await refused(site, '/v1/epochs/2/report')).toMatchObject({ status: 404, code: 'not-found' });
    expect(await refused(gateway, '/v1/epochs/6/report')).toMatchObject({ code: 'not-found' });
  });
  test('each shipped policy by its hash', async () => {
    for (const policy of shippedPolicies) {
      const hash = policyHash(policy);
      expect(toHex(sha256(await bytesOf(gateway, `/v1/policies/${hash}`)))).toBe(hash);
    }
    expect(await refused(site, `/v1/policies/0x${'ab'.repeat(32)}`)).toMatchObject({ status: 404, code: 'not-found' });
  });
});

describe('scores and proofs', () => {
  test('all nodes by index, and best first, each once', async () => {
    const byIndex: ScoreItem[] = await walk(site, '/v1/consensus/6/scores?limit=10', scoreList);
    expect(byIndex.map(({ nodeIndex }) => nodeIndex)).toEqual(NODES);
    const ranked: ScoreItem[] = await walk(site, '/v1/consensus/6/scores?limit=7&order=rank', scoreList);
    const key = ({ tier, scorePpm, nodeIndex }: ScoreItem): number => (tier === 0 ? 1e12 : 0) - 1e4 * scorePpm + nodeIndex;
    expect(ranked).toEqual(byIndex.toSorted((a, b) => key(a) - key(b)));
    expect(byIndex[1]).toMatchObject({
      ...{ uptimePpm: 998_999, uptimeLowPpm: 996_999, uptimeSamples: 8640, latencyMs: 41, latencyHighMs: 96 },
      bandwidth: 2_800_000_000_001,
    });
    expect(ranked[0]).toMatchObject({ tier: 1, tierName: 'A' });
    expect(ranked.at(-1)).toMatchObject({ tier: 0, tierName: null });
  });
  test('a proof of every line leads to the posted roots, by our code and by OpenZeppelin’s', { timeout: 30_000 }, async () => {
    const { root, leaves } = final;
    const check = (proof: { root: Hex; leafHash: Hex; proof: readonly Hex[] }, wanted: Hex, hash: Uint8Array): void => {
      expect([proof.root, proof.leafHash]).toEqual([wanted, toHex(hash)]);
      expect(verifyStandardProof(wanted, fromHex(proof.leafHash), proof.proof)).toBe(true);
    };
    const types = ['uint64', 'uint32', 'bytes32', ...Array.from({ length: 5 }, () => 'uint32'), 'uint64', 'uint32', 'uint8'];
    for (const score of leaves.scores) {
      const proof = await json(site, `/v1/consensus/6/scores/${String(score.nodeIndex)}`, scoreProof);
      expect(proof.leaf).toEqual(score);
      check(proof, root.scoreRoot, scoreLeaf(score));
      const values = Object.values(score).map(String);
      expect(StandardMerkleTree.verify(root.scoreRoot, types, values, [...proof.proof])).toBe(true);
    }
    const serviceTypes = ['uint64', 'uint32', 'bytes32', ...Array.from({ length: 5 }, () => 'uint32'), 'uint64'];
    for (const service of leaves.services) {
      const proof = await json(site, `/v1/consensus/6/services/${String(service.nodeIndex)}`, serviceProof);
      expect(proof.leaf).toEqual(service);
      check(proof, root.scoreRoot, serviceLeaf(service));
      const values = Object.values(proof.leaf).map(String);
      expect(StandardMerkleTree.verify(root.scoreRoot, serviceTypes, values, [...proof.proof])).toBe(true);
      expect(proof.verify.join(' ')).toContain('rootOf(6).scoreRoot');
    }
    for (const line of leaves.validators) {
      const proof = await json(gateway, `/v1/consensus/6/validators/${line.validator}`, validatorProof);
      check(proof, root.scoreRoot, validatorLeaf(line));
      expect(proof.leaf.reward).toBe(line.reward.toString());
    }
    for (const line of leaves.rewards)
      check(await json(site, `/v1/consensus/6/rewards/${line.account}`, rewardProof), root.rewardRoot, rewardLeaf(line));
    for (const line of leaves.penalties)
      check(await json(site, `/v1/consensus/6/penalties/${line.nodeId}`, penaltyProof), root.penaltyRoot, penaltyLeaf(line));
  });
  test('rows that do not give the root are an error, never a wrong proof', async () => {
    await bindings.DB.prepare('UPDATE scores SET score_ppm = score_ppm + 1 WHERE epoch = 4 AND node_index = 9').run();
    const at = siteAt(revealMs(LAST));
    expect((await at.get('/v1/consensus/4/scores/0')).status).toBe(500);
    expect(at.faults).toHaveLength(1);
    expect((await at.get(`/v1/consensus/4/rewards/${operatorOf(0)}`)).status).toBe(200);
    await bindings.DB.prepare('UPDATE scores SET score_ppm = score_ppm - 1 WHERE epoch = 4 AND node_index = 9').run();
  });
  test('more leaves than one request may build: says where they are', async () => {
    const ports = gatewayPorts(revealMs(LAST));
    const many = { ...ports.network, leafCounts: async () => Promise.resolve({ scores: 10_001, rewards: 0, penalties: 0 }) };
    const at = siteAt(revealMs(LAST), { ...ports, network: many });
    expect((await refused(at, '/v1/consensus/6/scores/0')).detail).toContain('/v1/consensus/6/leaves');
    expect((await refused(at, '/v1/consensus/6/leaves')).detail).toContain('/v1/consensus/6/scores');
    expect((await at.get('/v1/consensus/4/leaves')).status).toBe(200);
  });
  test.each([
    ['/v1/consensus/6/scores/33', 404, 'not-found'],
    ['/v1/consensus/6/scores/x', 400, 'bad-id'],
    ['/v1/consensus/6/services/33', 404, 'not-found'],
    ['/v1/consensus/6/services/x', 400, 'bad-id'],
    ['/v1/consensus/6/services/0?x=1', 400, 'bad-query'],
    ['/v1/consensus/5/services/0', 404, 'not-found'],
    ['/v1/consensus/5/scores', 404, 'not-found'],
    ['/v1/consensus/5/scores/0', 404, 'not-found'],
    ['/v1/consensus/3/scores', 404, 'not-found'],
    ['/v1/consensus/0', 404, 'not-found'],
    ['/v1/consensus/0/statements', 404, 'not-found'],
    ['/v1/consensus/999/statements', 404, 'not-revealed'],
    ['/v1/consensus/06', 400, 'bad-id'],
    ['/v1/consensus/6?x=1', 400, 'bad-query'],
    ['/v1/consensus?limit=101', 400, 'bad-query'],
    ['/v1/consensus/6/scores?order=best', 400, 'bad-query'],
    [`/v1/consensus/6/scores?order=rank&cursor=${btoa('n.3')}`, 400, 'bad-cursor'],
    [`/v1/consensus/6/scores?cursor=${btoa('r.0.1.1').replaceAll('=', '')}`, 400, 'bad-cursor'],
    [`/v1/consensus/6/validators/0x${'AB'.repeat(20)}`, 400, 'bad-id'],
    [`/v1/consensus/6/validators/0x${'ab'.repeat(20)}`, 404, 'not-found'],
    [`/v1/consensus/6/rewards/0x${'ab'.repeat(20)}`, 404, 'not-found'],
    [`/v1/consensus/6/penalties/0x${'ab'.repeat(32)}`, 404, 'not-found'],
    [`/v1/report-sets/0x${'ab'.repeat(32)}`, 404, 'not-found'],
    ['/v1/report-sets/xyz', 400, 'bad-id'],
    [`/v1/validators/0x${'ab'.repeat(20)}`, 404, 'not-found'],
    [`/v1/faults/0x${'ab'.repeat(32)}`, 404, 'not-found'],
    ['/v1/faults?cursor=zzz', 400, 'bad-cursor'],
  ])('%s is %i %s', async (path, status, code) => {
    expect(await refused(site, path)).toMatchObject({ status, code });
  });
});

describe('validators, faults, nodes', () => {
  test('validators with a seat: weight, line under the newest root, reward, archive and reason', async () => {
    const { items, rootEpoch, epoch } = await json(gateway, '/v1/validators', validatorList);
    expect([epoch, rootEpoch]).toEqual([LAST, 6]);
    expect(items.map(({ operator }) => operator)).toEqual([0, 1, 2, 3].map(operatorOf));
    expect(items[1]).toMatchObject({
      ...{ seat: 1, weightPpm: 250_000, url: seatOf(1).url, cumulativeReward: `12${'0'.repeat(18)}` },
      archive: { epoch: 6, state: 'failed', check: 'audit root' },
    });
    expect(items[1]?.leftOut).toContain('audit root');
    expect(items[0]).toMatchObject({ leftOut: null, score: { epoch: 6, accuracyPpm: 990_000 } });
    const detail = await json(gateway, `/v1/validators/${operatorOf(1)}`, validatorDetail);
    expect(detail.archives.map(({ epoch, state }) => [epoch, state]).slice(0, 2)).toEqual([
      [7, 'verified'],
      [6, 'failed'],
    ]);
    expect(detail.scores.map((line) => line.epoch)).toEqual([6, 4, 2, 1]);
  });
  test('faults, each once, newest first; one with its proof', async () => {
    const items: FaultItem[] = await walk(site, '/v1/faults?limit=5', faultList);
    expect(items).toHaveLength(12);
    expect(new Set(items.map(({ faultKey }) => faultKey)).size).toBe(12);
    expect(items.map(({ epoch }) => epoch)).toEqual([6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1]);
    const fault = await json(site, `/v1/faults/${hashOf('fault', 3)}`, faultDetail);
    expect(fault).toMatchObject({ detail: 'fault 3', proof: { n: 3 } });
  });
  test('nodes carry the network’s verdict in both roles; a gateway has no audits of its own', async () => {
    const own: NodeItem[] = await walk(site, '/v1/nodes?limit=20', nodeList);
    const seen: NodeItem[] = await walk(gateway, '/v1/nodes?limit=20', nodeList);
    expect(seen.map(({ verdict }) => verdict)).toEqual(own.map(({ verdict }) => verdict));
    expect(seen[0]).toMatchObject({ totals: null, standing: null, lastAudit: null, verdict: { epoch: 6, tierName: 'A' } });
    expect(own[0]?.totals).not.toBeNull();
    const detail = await json(gateway, `/v1/nodes/${nodeIdOf(6)}`, nodeDetail);
    const sums = detail.network?.validators.find(({ validator }) => validator === operatorOf(1));
    // Seven epochs, of which one archive of this validator did not pass.
    const asked = { present: 570, absent: 24 };
    expect(sums).toEqual({ validator: operatorOf(1), pass: 60, wrong: 54, slow: 6, network: 6, busy: 18, void: 12, ...asked });
    expect(detail.network?.history.map(({ epoch }) => epoch)).toEqual([6, 4, 2, 1]);
  });
  test('the network at a glance', async () => {
    expect(await json(gateway, '/v1/network', network)).toMatchObject({
      ...{ role: 'gateway', validator: null, signer: null, lastPosted: null, validatorCount: 4 },
      lastRoot: { epoch: 6, rootHash: final.rootHash },
    });
    expect(await json(site, '/v1/network', network)).toMatchObject({ role: 'validator', lastRoot: { epoch: 6 } });
  });
  test('a gateway says where audits are, and lists the network’s epochs', async () => {
    const own = ['/v1/epochs/6', '/v1/epochs/6/nodes', '/v1/epochs/6/archive', '/v1/audits/6-0-0', '/v1/audits/6-0-0/transcript'];
    for (const path of [...own, `/v1/nodes/${nodeIdOf(0)}/audits`]) {
      const { status, code, detail } = await refused(gateway, path);
      expect([path, status, code]).toEqual([path, 404, 'not-found']);
      expect(detail).toContain('/v1/validators');
    }
    const epochs: ConsensusItem[] = await walk(gateway, '/v1/epochs?limit=4', consensusList);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(gateway.faults).toEqual([]);
  });
});

describe('mirrored objects', () => {
  test('by hash, and the manifest of each validator, from the reveal on', async () => {
    const at = { epoch: LAST + 1, ms: revealMs(LAST + 1) };
    const manifest = new TextEncoder().encode('{"format":"assay-archive/1"}');
    const hash = await addObject(at.epoch, manifest);
    const seats = [seatOf(0)];
    const paths = [`/v1/objects/${hash}`, `/v1/validators/${operatorOf(0)}/epochs/${String(at.epoch)}/archive`];
    const facts = { epoch: at.epoch, policyHash: final.root.policyHash, nodeCount: 33, seats, beacon: null };
    // An object of an epoch that is not known here stays closed.
    expect((await siteAt(at.ms).get(paths[0] ?? '')).status).toBe(404);
    await store().observe(facts, [networkNode(0)]);
    const mirror = {
      epoch: at.epoch,
      validator: operatorOf(0),
      reportHash: hash,
      archiveHash: hash,
      due: 1,
      done: 1,
      check: null,
    };
    await store().setMirror({ ...mirror, state: 'verified', detail: null, source: null, attempts: 1, updatedAtMs: 1 }, []);
    for (const path of paths) {
      const ask = async (ms: number) => siteAt(ms, gatewayPorts(ms)).get(path);
      expect([path, (await ask(at.ms - 1000)).status]).toEqual([path, 404]);
      const answer = await ask(at.ms);
      expect([path, answer.status, answer.headers.get('etag')]).toEqual([path, 200, `"${hash}"`]);
      expect(new Uint8Array(await answer.arrayBuffer())).toEqual(manifest);
    }
    const failed = await refused(site, `/v1/validators/${operatorOf(1)}/epochs/6/archive`);
    expect(failed.detail).toContain('audit root');
  });
});

describe('what is not revealed', () => {
  test('is on no route of the network, in no list and no page, in either role', async () => {
    const hidden = 30;
    const ms = revealMs(hidden);
    const before = (): Site[] => [siteAt(ms - 1000), siteAt(ms - 1000, gatewayPorts(ms - 1000))];
    const lists = ['/', '/network', '/v1/consensus', '/v1/faults', '/v1/network', '/v1/nodes', `/v1/nodes/${nodeIdOf(6)}`];
    lists.push(`/validators/${operatorOf(0)}`, `/v1/validators/${operatorOf(0)}`, `/nodes/${nodeIdOf(6)}`);
    const texts = async (): Promise<string[]> => {
      const all: string[] = [];
      for (const at of before()) for (const path of lists) all.push(await (await at.get(path)).text());
      return all;
    };
    const seats = [0, 1, 2, 3].map(seatOf);
    // The set itself is public at once: it is there in both states.
    const facts = { epoch: hidden, policyHash: final.root.policyHash, nodeCount: 33, seats, beacon: null };
    await store().observe(
      facts,
      NODES.map((index) => networkNode(index)),
    );
    const without = await texts();
    const seeded = await addNetworkEpoch({ epoch: hidden, nodes: NODES, stored: true });
    const key = hashOf('fault', 99);
    const proof = { kind: 'two-reports', secret: 'not yet' } as never;
    await store().addFault({
      faultKey: key,
      kind: 'two-reports',
      offender: operatorOf(0),
      epoch: hidden,
      state: 'found',
      proof,
      detail: 'x',
      foundAtMs: 0,
    });
    await store().addObjection({
      epoch: hidden,
      validator: operatorOf(1),
      slot: 0,
      draw: 0,
      raisedBy: operatorOf(0),
      confirmed: true,
      detail: null,
    });
    expect(await texts()).toEqual(without);
    const base = `/v1/consensus/${String(hidden)}`;
    const lines = [
      '',
      '/statements',
      '/objections',
      '/leaves',
      `/leaves?root=${seeded.rootHash}`,
      '/scores',
      '/scores?order=rank',
      '/scores/0',
    ];
    const paths = [...lines, `/validators/${operatorOf(0)}`, `/rewards/${operatorOf(0)}`, `/penalties/${nodeIdOf(6)}`].map(
      (tail) => base + tail,
    );
    paths.push(`/v1/report-sets/${seeded.root.reportSetHash}`, `/v1/faults/${key}`, `/consensus/${String(hidden)}`);
    for (const path of paths) {
      for (const at of before()) expect([path, (await at.get(path)).status]).toEqual([path, 404]);
      expect([path, (await siteAt(ms).get(path)).status]).toEqual([path, 200]);
    }
  }, 60_000);
});
