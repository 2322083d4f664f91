// Presence, from a chunk's claim to stored rows: asked once, from the drawn region, and over one line's outage alone excused.
import { describe, expect, it } from 'vitest';
import { ZERO32 } from '../../../protocol/bytes.ts';
import { KIND_GEMM, KIND_PRESENCE } from '../../../protocol/challenge.ts';
import { mixedWorld } from '../../support/epoch.ts';
import type { RegionAnswer } from '../../../workers/services/ports.ts';
import { busyNode } from './nodes.ts';
import { groupsOf, openValidator, takesMs } from './rig.ts';
import { SLOTS, PRESENCE, policyOf, worldOf, rowsOf, reasons, runSlot, sealAndReplay, failing } from './kinds-rig.ts';

describe('presence', () => {
  it('is asked once, from the drawn region, and keeps where from', async () => {
    const validator = await openValidator(worldOf(PRESENCE));
    for (const slot of SLOTS) await runSlot(validator, slot);
    const { regions } = validator.world.policy;
    const due = (await Promise.all(SLOTS.map((slot) => groupsOf(validator, slot)))).flat(2);
    const drawn = due.map(({ draw, node }) => `${regions[draw.region] ?? ''} ${node.url}`);
    expect(validator.sent.map(({ region, url }) => `${region ?? 'own'} ${url}`).toSorted()).toEqual(drawn.toSorted());
    expect(new Set(validator.sent.map(({ region }) => region))).toEqual(new Set(regions));
    expect(rowsOf(validator).map(({ region }) => region)).toEqual(due.map(({ draw }) => draw.region));
    for (const row of rowsOf(validator)) {
      expect(row).toMatchObject({ reason: 'none', elapsedMs: takesMs, measure: 0, openingHash: ZERO32 });
    }
    expect(await sealAndReplay(validator)).toBeNull();
  });

  const answering = (reply: RegionAnswer | null, control = true) => ({ post: async () => reply, control: async () => control });

  it.each<[string, RegionAnswer | null, boolean, string]>([
    ['whose object is not to be had: ours', null, true, 'auditor_fault'],
    [
      'that got no answer while it reaches the world: the node’s',
      { answer: { ok: false, reason: 'timeout' }, elapsedMs: 800 },
      true,
      'timeout',
    ],
    ['that reaches nothing: ours', { answer: { ok: false, reason: 'unreachable' }, elapsedMs: 3 }, false, 'auditor_fault'],
    [
      'whose timer fired far too late: ours',
      { answer: { ok: false, reason: 'timeout' }, elapsedMs: 1900 },
      true,
      'auditor_fault',
    ],
    ['that got another’s words', { answer: { ok: true, bytes: Uint8Array.of(1, 2) }, elapsedMs: 5 }, false, 'no_commitment'],
    ['that was refused', { answer: { ok: false, reason: 'refused' }, elapsedMs: 5 }, false, 'refused'],
  ])('from a region %s', async (_what, reply, control, reason) => {
    const validator = await openValidator(worldOf(PRESENCE));
    await runSlot(validator, 0, validator.with({ regions: answering(reply, control) }));
    expect(reasons(validator)).toEqual(new Set([reason]));
    for (const row of rowsOf(validator)) expect(row).toMatchObject({ elapsedMs: 0, commitment: ZERO32 });
    expect(await sealAndReplay(validator)).toBeNull();
  });

  it('gives a region half of the deadline at most to send', async () => {
    const validator = await openValidator(worldOf(PRESENCE));
    const limits: { sendBeforeMs: number; atMs: number }[] = [];
    const { post } = validator.context.ports.regions;
    const regions = {
      control: async () => true,
      post: (...args: Parameters<typeof post>) => {
        limits.push({ sendBeforeMs: args[4].sendBeforeMs, atMs: validator.clock.nowMs() });
        return post(...args);
      },
    };
    await runSlot(validator, 0, validator.with({ regions }));
    expect(limits.length).toBeGreaterThan(0);
    for (const { sendBeforeMs, atMs } of limits) expect(sendBeforeMs - atMs).toBe(400); // of 800 ms
  });

  it('busy is no answer to it', async () => {
    const { rival } = mixedWorld();
    const validator = await openValidator(worldOf(PRESENCE), (index) => busyNode(index, rival));
    await runSlot(validator);
    expect(reasons(validator)).toEqual(new Set(['no_commitment']));
  });

  it('one line’s outage excuses what failed over it, and nothing over another', async () => {
    const policy = policyOf(PRESENCE, { kind: KIND_GEMM, weight: 1, cohort: 1 });
    const schedule = { ...policy.schedule, auditsPerNodePerDay: 200_000 };
    const validator = await openValidator({ ...mixedWorld(), policy: { ...policy, schedule, regions: ['here'] } }, () =>
      failing('timeout'),
    );
    let controls = 0;
    const post = async (): Promise<RegionAnswer> => ({ answer: { ok: false, reason: 'timeout' }, elapsedMs: 800 });
    const regions = { post, control: async () => controls++ > 0 }; // known to be ours once
    await runSlot(validator, 0, validator.with({ regions }));
    const ofKind = (kind: number) => rowsOf(validator).filter((row) => row.kind === kind);
    expect([ofKind(KIND_PRESENCE).length >= 8, ofKind(KIND_GEMM).length >= 8]).toEqual([true, true]);
    expect(new Set(ofKind(KIND_PRESENCE).map(({ reason }) => reason))).toEqual(new Set(['auditor_fault']));
    expect(new Set(ofKind(KIND_GEMM).map(({ reason }) => reason)).has('timeout')).toBe(true);
  });
});
