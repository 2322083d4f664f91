// What /v1/audits/:id says is enough to check it: record → hash → leaf → proof → root, by our code and by OpenZeppelin's.
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import { beforeAll, expect, test } from 'vitest';
import { fromHex } from '../../../protocol/bytes.ts';
import { auditLeaf, recordHash } from '../../../protocol/record.ts';
import { verifyStandardProof } from '../../../protocol/trees/standard.ts';
import { auditDetail } from '../../../schema/api/audits.ts';
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
  const wrong = new Uint8Array(tree ?? new ArrayBuffer(0));
  wrong.fill(0xee, 32, 96);
  await bindings.ARCHIVE.put('tree/2', wrong);
  expect((await site.get('/v1/audits/2-0-0')).status).toBe(500);
  await bindings.ARCHIVE.put('tree/2', fromHex('0x'));
  expect((await site.get('/v1/audits/2-0-0')).status).toBe(500);
});
