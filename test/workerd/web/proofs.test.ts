// What /v1/audits/:id says is enough to check it: record → hash → leaf → proof → root, by our code and by OpenZeppelin's.
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import { beforeAll, expect, test } from 'vitest';
import { auditLeaf, recordHash } from '../../../protocol/record.ts';
import { verifyStandardProof } from '../../../protocol/trees/standard.ts';
import { auditDetail } from '../../../schema/api/audits.ts';
import { publicObjects } from '../../../workers/adapters/r2-public.ts';
import { TREE_TOP_NODES } from '../../../workers/services/views/limits.ts';
import type { PublicObjects } from '../../../workers/services/views/ports.ts';
import { addEpoch, addNodes, type SeededEpoch } from '../support/ledger-rows.ts';
import { bindings, freshDatabase, revealMs, siteAt, VALIDATOR } from '../support/web-env.ts';

const site = siteAt(revealMs(3));
const LEAF = ['uint64', 'address', 'uint32', 'uint32', 'bytes32'];
let sealed: SeededEpoch;

beforeAll(async () => {
  await freshDatabase();
  await addNodes([{ index: 0 }, { index: 1 }, { index: 2 }]);
  sealed = await addEpoch({ epoch: 2, nodes: [0, 1, 2], slots: 5 });
  await addEpoch({ epoch: 3, nodes: [0], slots: 1 });
}, 60_000);

test('every proof verifies, twice over', async () => {
  for (const { slot, draw } of sealed.rows) {
    const answer = await site.get(`/v1/audits/2-${String(slot)}-${String(draw)}`);
    const { record, recordHash: hash, inclusion, auditRoot } = auditDetail.parse(await answer.json());
    expect(recordHash(record)).toBe(hash);
    const leaf = auditLeaf(record, hash);
    expect(inclusion?.leaf).toBe(`0x${Array.from(leaf, (byte) => byte.toString(16).padStart(2, '0')).join('')}`);
    expect(verifyStandardProof(sealed.auditRoot, leaf, inclusion?.proof ?? [])).toBe(true);
    const value = [String(record.epoch), VALIDATOR, String(slot), String(draw), hash];
    expect(StandardMerkleTree.verify(auditRoot, LEAF, value, [...(inclusion?.proof ?? [])])).toBe(true);
    const other = [String(record.epoch), VALIDATOR, String(slot), String(draw + 1), hash];
    expect(StandardMerkleTree.verify(auditRoot, LEAF, other, [...(inclusion?.proof ?? [])])).toBe(false);
  }
});

test('the only audit of an epoch has an empty proof', async () => {
  const { inclusion, auditRoot } = auditDetail.parse(await (await site.get('/v1/audits/3-0-0')).json());
  expect(inclusion).toEqual({ leaf: auditRoot, proof: [] });
});

test('without the tree there is no proof, and a tree that does not fit is an error, never a wrong proof', async () => {
  const tree = await (await bindings.ARCHIVE.get('tree/2'))?.arrayBuffer();
  await bindings.ARCHIVE.delete('tree/2');
  expect(auditDetail.parse(await (await site.get('/v1/audits/2-0-0')).json()).inclusion).toBeNull();
  const metadata = { customMetadata: { epoch: '2' } };
  const wrong = new Uint8Array(tree ?? new ArrayBuffer(0));
  await bindings.ARCHIVE.put('tree/2', wrong.slice(0, 64), metadata);
  expect((await site.get('/v1/audits/2-0-0')).status).toBe(500);
  wrong.fill(0xee, 32, 96);
  await bindings.ARCHIVE.put('tree/2', wrong, metadata);
  expect((await site.get('/v1/audits/2-0-0')).status).toBe(500);
});

test('a proof takes the top of a large tree and single nodes below it, never all of it', async () => {
  const { rows, auditRoot } = await addEpoch({ epoch: 4, nodes: [0, 1, 2], slots: 400 });
  const size = (await bindings.ARCHIVE.head('tree/4'))?.size ?? 0;
  const reads: number[] = [];
  const objects = publicObjects(bindings.ARCHIVE);
  const get: PublicObjects['get'] = async (key, range) => {
    const object = await objects.get(key, range);
    reads.push(object?.size ?? 0);
    return object;
  };
  const counted = siteAt(revealMs(4), { objects: { ...objects, get } });
  const deepest: number[] = [];
  for (const { slot, draw } of rows.filter((_, i) => i % 97 === 0)) {
    reads.length = 0;
    const answer = await counted.get(`/v1/audits/4-${String(slot)}-${String(draw)}`);
    const { inclusion, record, recordHash: hash } = auditDetail.parse(await answer.json());
    expect(verifyStandardProof(auditRoot, auditLeaf(record, hash), inclusion?.proof ?? [])).toBe(true);
    const [top = 0, ...nodes] = reads;
    expect(top).toBeLessThanOrEqual(32 * TREE_TOP_NODES);
    expect(top).toBeLessThan(size / 2);
    expect(new Set(nodes)).toEqual(new Set([32]));
    deepest.push(nodes.length);
  }
  expect(Math.max(...deepest)).toBe(2);
}, 60_000);
