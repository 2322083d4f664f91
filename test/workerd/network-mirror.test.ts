// Mirroring over the real D1 and R2, in workerd: what unit tests show over ports in memory holds over these, too.
import { beforeEach, describe, expect, it } from 'vitest';
import { tallyRows } from '../../protocol/consensus/tally.ts';
import { d1Network } from '../../workers/adapters/d1-network.ts';
import { r2Objects } from '../../workers/adapters/r2-objects.ts';
import { publicObjects } from '../../workers/adapters/r2-public.ts';
import { mirrorDue } from '../../workers/services/network/mirror.ts';
import type { NetworkContext, Objection } from '../../workers/services/network/ports.ts';
import { buildEpoch } from '../support/epoch.ts';
import {
  EPOCH,
  REVEALED_MS,
  honest,
  honestPeers,
  observerOf,
  operatorOf,
  peerWorld,
  peersWith,
  versed,
  type Observer,
} from '../unit/worker/network/rig.ts';
import { bindings, fresh } from './support/bindings.ts';
import { storedTallies } from '../support/tallies.ts';

const store = d1Network(bindings.DB);
const objects = r2Objects(bindings.ARCHIVE);
const states = async () => (await store.mirrors(EPOCH, EPOCH)).map(({ validator, state }) => [validator, state]);
const all = (state: string) => [0, 1, 2, 3].map((index) => [operatorOf(index), state]);

/** The observer over the real store and bucket, with its own archive in it. */
async function real(observer: Observer): Promise<NetworkContext> {
  for (const [key, bytes] of observer.objects.all) await objects.put(key, bytes, EPOCH);
  await store.keepRounds([...versed(observer).stored.rounds.values()]);
  return observer.with({ store: { ...store, ownTranscript: observer.ports.store.ownTranscript }, objects });
}

beforeEach(fresh);

describe('mirroring over D1 and R2', { timeout: 60_000 }, () => {
  it('verifies honest archives, serves them by hash from the reveal on, and does so once', async () => {
    const observer = observerOf(honestPeers());
    const context = await real(observer);
    await mirrorDue(context, REVEALED_MS);
    expect(await states()).toEqual(all('verified'));
    for (const index of [0, 1, 2, 3])
      expect(await storedTallies(store, EPOCH, operatorOf(index))).toEqual(tallyRows(honest(index).rows));
    const served = publicObjects(bindings.ARCHIVE);
    const { facts, manifest } = honest(2);
    for (const hash of [facts.report.archiveHash, ...manifest.chunks.map(({ sha256 }) => sha256)]) {
      expect(await served.epochOf(`archive/${hash.slice(2)}`)).toBe(EPOCH);
    }
    const asked = observer.asked.length;
    await mirrorDue(context, REVEALED_MS + 3000);
    expect(observer.asked.slice(asked).every(({ path }) => path.endsWith('/objections'))).toBe(true);
    expect(await store.allNodes(EPOCH)).toEqual(honest(0).world.nodes);
  });

  it('waits for what is withheld, with the sample that was drawn at first', async () => {
    const observer = observerOf(honestPeers());
    const context = await real(observer);
    const hidden = [...(observer.served[1] ?? [])].filter(([path]) => path.startsWith('/v1/audits'));
    for (const [path] of hidden) observer.served[1]?.delete(path);
    await mirrorDue(context, REVEALED_MS);
    expect((await store.mirrors(EPOCH, EPOCH))[1]).toMatchObject({ state: 'waiting', check: 'transcripts', attempts: 1 });
    const key = `secret/sample/${String(EPOCH)}/${operatorOf(1)}`;
    const seed = await objects.get(key);
    expect(seed).toEqual(observer.dice.seed);
    for (const [path, bytes] of hidden) observer.served[1]?.set(path, bytes);
    observer.dice.seed = new Uint8Array(32).fill(77);
    observer.clock.nowMs += 1000;
    await mirrorDue(context, observer.clock.nowMs);
    expect(await states()).toEqual(all('verified'));
    expect(await objects.get(key)).toEqual(seed);
  });

  it('keeps a finding as an objection, and names the check', async () => {
    const forged = buildEpoch(peerWorld(1, { behaviour: () => 'forged' }));
    const context = await real(observerOf(peersWith(forged)));
    await mirrorDue(context, REVEALED_MS);
    const [, liar] = await store.mirrors(EPOCH, EPOCH);
    expect(liar).toMatchObject({ state: 'failed', check: 'transcripts', validator: operatorOf(1) });
    const objections: Objection[] = await store.objections(EPOCH);
    expect(objections).toMatchObject([
      { validator: operatorOf(1), raisedBy: operatorOf(0), confirmed: true, detail: liar?.detail },
    ]);
    const named = objections[0];
    const row = forged.rows.find(({ slot, draw }) => slot === named?.slot && draw === named.draw);
    expect(await objects.get(`archive/${row?.transcriptHash.slice(2) ?? ''}`)).not.toBeNull();
  });
});
