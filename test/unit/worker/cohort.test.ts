// Cohorts, from a chunk's claim to stored rows: they start together or not at all, and what becomes of one is nobody else's.
import { describe, expect, it } from 'vitest';
import { ZERO32, type Hex } from '../../../protocol/bytes.ts';
import { KIND_GEMM, KIND_VRAM } from '../../../protocol/challenge.ts';
import type { DueDraw } from '../../../protocol/due.ts';
import { MEMBER_STEP, freshnessEnd } from '../../../protocol/schedule.ts';
import { mixedWorld } from '../../support/epoch.ts';
import { auditChunk } from '../../../workers/services/audit.ts';
import { chunkDraws } from '../../../workers/services/chunks.ts';
import type { Chunk, Context } from '../../../workers/services/ports.ts';
import { busyNode, honestNode, type NodeScript } from './nodes.ts';
import { chunksOf, groupsOf, openValidator, takesMs, type Validator } from './rig.ts';
import { SLOTS, COHORT, worldOf, type Row, rowsOf, sealAndReplay, but, failing, garbage } from './kinds-rig.ts';

/** The first group of the epoch with at least `size` members, and its chunk. */
async function cohortOf(validator: Validator, size: number): Promise<{ group: readonly DueDraw[]; chunk: Chunk }> {
  const { plan } = validator;
  for (const slot of SLOTS) {
    const group = (await groupsOf(validator, slot)).find(({ length }) => length >= size);
    const first = group?.[0]?.draw;
    if (group === undefined || first === undefined) continue;
    const chunk = chunksOf(validator, slot).find((its) => chunkDraws(plan, its).some(({ draw }) => draw === first.draw));
    if (chunk !== undefined) return { group, chunk };
  }
  throw new Error('no such cohort');
}

const rowsIn = (validator: Validator, group: readonly DueDraw[]): Row[] => {
  const own = new Set(group.map(({ draw }) => `${draw.slot}/${draw.draw}`));
  return rowsOf(validator).filter(({ slot, draw }) => own.has(`${slot}/${draw}`));
};

describe('a cohort', () => {
  const run = (validator: Validator, chunk: Chunk, context: Context = validator.context) =>
    validator.clock.run(auditChunk(context, chunk));
  /** What was sent to the members, in order of time. */
  const sentTo = ({ sent }: Validator, group: readonly DueDraw[], path: string) =>
    sent.filter((its) => its.path === path && group.some(({ node }) => node.url === its.url));
  /** A line over which each node's answer to `path` takes as long as `ms` says. */
  const slowed = (validator: Validator, path: string, ms: (url: string) => number): Context => {
    const { post } = validator.context.ports.transport;
    return validator.with({
      transport: {
        prepare: async () => true,
        post: async (url, asked, body, limits) => {
          const from = validator.clock.nowMs();
          const answer = await post(url, asked, body, limits);
          if (asked === path) await validator.clock.until(from + ms(url));
          return answer;
        },
      },
    });
  };

  it('is challenged at once and started at once, when the last has its memory filled', async () => {
    const validator = await openValidator(worldOf(COHORT));
    const { group, chunk } = await cohortOf(validator, 3);
    const last = group.at(-1)?.node.url;
    await run(
      validator,
      chunk,
      slowed(validator, '/v1/challenges', (url) => (url === last ? 1400 : 200)),
    );
    const [first] = group;
    const challenged = sentTo(validator, group, '/v1/challenges').slice(0, group.length);
    const startedAt = new Set(challenged.map(({ atMs }) => atMs));
    expect(startedAt.size).toBe(1);
    expect([...startedAt][0]).toBeGreaterThanOrEqual(first?.draw.scheduledMs ?? Infinity);
    const starts = sentTo(validator, group, '/v1/starts').slice(0, group.length);
    expect(new Set(starts.map(({ atMs }) => atMs))).toEqual(new Set([([...startedAt][0] ?? 0) + 1400]));
    const rows = rowsIn(validator, group);
    expect(rows).toHaveLength(group.length);
    for (const row of rows)
      expect(row).toMatchObject({ reason: 'none', elapsedMs: takesMs, freshnessRound: first?.draw.freshnessRound });
  });

  it('found in time in its last millisecond has one start, of which signing takes nothing from anybody', async () => {
    const SIGNING_MS = 40;
    for (const [beforeEndMs, reason] of [
      [1, 'none'],
      [0, 'auditor_fault'],
    ] as const) {
      const validator = await openValidator(worldOf({ kind: KIND_GEMM, weight: 1, cohort: 6 }));
      const { group, chunk } = await cohortOf(validator, 3);
      const { keys } = validator.context.ports;
      const slow = (digest: Hex): Hex => {
        if (validator.sent.length === 0) validator.clock.set(validator.clock.nowMs() + SIGNING_MS); // the challenges alone
        return keys.sign(digest);
      };
      const end = freshnessEnd(validator.world.policy, group[0]?.draw.freshnessRound ?? 0);
      validator.clock.set(end - beforeEndMs);
      await run(validator, chunk, validator.with({ keys: { ...keys, sign: slow } }));
      const rows = rowsIn(validator, group);
      expect(rows.map((row) => row.reason)).toEqual(group.map(() => reason));
      const sent = reason === 'none';
      for (const row of rows) expect(row.startedAt).toBe(sent ? end - 1 : 0);
      for (const row of sent ? rows : []) expect(row.elapsedMs).toBe(takesMs);
      expect(await sealAndReplay(validator)).toBeNull();
    }
  });

  it('is looked up again after the fill, in nobody’s time, and started at once when the last has been found', async () => {
    const FILL_MS = 1400;
    const validator = await openValidator(worldOf(COHORT));
    const { group, chunk } = await cohortOf(validator, 3);
    const { clock } = validator;
    const { post } = validator.context.ports.transport;
    const last = group.at(-1)?.node.url;
    const known = new Map<string, number>(); // until when, for less than a fill
    const prepare = async (url: string): Promise<boolean> => {
      if (clock.nowMs() >= (known.get(url) ?? 0)) await clock.until(clock.nowMs() + (url === last ? 700 : 30));
      known.set(url, clock.nowMs() + FILL_MS / 2);
      return true;
    };
    const context = validator.with({
      transport: {
        prepare,
        post: async (url, path, body, limits) => {
          if (clock.nowMs() >= (known.get(url) ?? 0)) await prepare(url); // as the guard does for a word that is old
          const answer = await post(url, path, body, limits);
          if (path === '/v1/challenges') await clock.until(clock.nowMs() + FILL_MS - takesMs);
          return answer;
        },
      },
    });
    await run(validator, chunk, context);
    const starts = sentTo(validator, group, '/v1/starts').slice(0, group.length);
    expect([starts.length, new Set(starts.map(({ atMs }) => atMs)).size]).toEqual([group.length, 1]);
    for (const row of rowsIn(validator, group)) expect(row).toMatchObject({ reason: 'none', elapsedMs: takesMs });
  });

  it('does not wait for one that cannot come any more, whatever became of it', async () => {
    const { rival } = mixedWorld();
    const lost: [string, (index: number) => NodeScript][] = [
      ['refused', but('/v1/challenges', failing('refused'))],
      ['no_commitment', but('/v1/challenges', garbage)],
      ['busy', (index) => busyNode(index, rival)],
    ];
    for (const [reason, script] of lost) {
      const probe = await openValidator(worldOf(COHORT));
      const { group, chunk } = await cohortOf(probe, 3);
      const victim = group[1]?.node.index ?? -1;
      const validator = await openValidator(worldOf(COHORT), (index) => (index === victim ? script(index) : honestNode(index)));
      await run(validator, chunk);
      const rows = rowsIn(validator, group);
      expect(rows.map((row) => (row.nodeIndex === victim ? row.reason : 'ok')).filter((what) => what !== 'ok')).toEqual([reason]);
      expect(rows.filter((row) => row.reason === 'none')).toHaveLength(group.length - 1);
    }
  });

  it('checks no openings while another member’s time is being taken', async () => {
    const validator = await openValidator(worldOf(COHORT));
    const { group, chunk } = await cohortOf(validator, 3);
    const last = group.at(-1)?.node.url;
    await run(
      validator,
      chunk,
      slowed(validator, '/v1/starts', (url) => (url === last ? 1000 : takesMs)),
    );
    const opened = sentTo(validator, group, '/v1/openings').slice(0, group.length);
    // The requests go out at once, as the nodes keep their proofs for a while only.
    expect(new Set(opened.map(({ atMs }) => atMs)).size).toBe(2);
    const byNode = new Map(rowsIn(validator, group).map((row) => [row.nodeIndex, row.elapsedMs]));
    for (const { node } of group) expect(byNode.get(node.index)).toBe(node.url === last ? 1000 : takesMs);
  });

  it('starts together or not at all: late, or without a beacon, each member has the same void', async () => {
    for (const reason of ['auditor_fault', 'beacon_outage'] as const) {
      const validator = await openValidator(worldOf(COHORT));
      const { group, chunk } = await cohortOf(validator, 3);
      const away = { round: async () => null, control: async () => true };
      if (reason === 'auditor_fault') validator.clock.set(validator.clock.nowMs() + 60_000);
      await run(validator, chunk, reason === 'auditor_fault' ? validator.context : validator.with({ beacon: away }));
      expect(validator.sent).toEqual([]);
      for (const row of rowsIn(validator, group)) expect(row).toMatchObject({ reason, challengeHash: ZERO32, startedAt: 0 });
      expect(rowsIn(validator, group)).toHaveLength(group.length);
    }
  });

  it('of which one member’s probe breaks loses that member alone, and holds up nobody', async () => {
    const validator = await openValidator(worldOf(COHORT));
    const { group, chunk } = await cohortOf(validator, 3);
    const victim = group[1]?.node.url;
    const { post } = validator.context.ports.transport;
    const context = validator.with({
      transport: {
        prepare: async () => true,
        post: async (url, ...rest) => {
          if (url === victim) throw new Error('out of memory');
          return post(url, ...rest);
        },
      },
    });
    await expect(run(validator, chunk, context)).rejects.toThrow('out of memory');
    const rows = rowsIn(validator, group);
    expect(rows.filter(({ reason }) => reason === 'none').length).toBeGreaterThanOrEqual(group.length - 1);
    expect(await sealAndReplay(validator)).toBeNull(); // the broken one is interrupted by then
    expect(rowsIn(validator, group)).toHaveLength(group.length);
  });

  it('that a restart cut off is interrupted, members too, and no node of it is asked again', async () => {
    const validator = await openValidator(worldOf(COHORT));
    const { group, chunk } = await cohortOf(validator, 3);
    const { ledger } = validator.context.ports;
    const cut = validator.with({ ledger: { ...ledger, finish: async () => Promise.reject(new Error('killed')) } });
    await expect(run(validator, chunk, cut)).rejects.toThrow('killed');
    const asked = validator.sent.length;
    expect(asked).toBeGreaterThanOrEqual(3 * group.length);
    expect(await run(validator, chunk)).toBe('repeated');
    expect(validator.sent.length).toBe(asked);
    expect(rowsIn(validator, group)).toEqual([]);
    expect(await sealAndReplay(validator)).toBeNull();
    const rows = rowsIn(validator, group);
    expect(rows.map(({ draw }) => Math.floor(draw / MEMBER_STEP))).toEqual(group.map((_, place) => place));
    for (const row of rows) expect(row).toMatchObject({ reason: 'interrupted', challengeHash: ZERO32, kind: KIND_VRAM });
  });

  it('of which a row is missing though its draw has one is filled up at sealing', async () => {
    const validator = await openValidator(worldOf(COHORT));
    const { group, chunk } = await cohortOf(validator, 3);
    await run(validator, chunk);
    const gone = group[1]?.draw;
    validator.stored.rows.delete(`${validator.plan.epoch}/${gone?.slot ?? -1}/${gone?.draw ?? -1}`);
    expect(await sealAndReplay(validator)).toBeNull();
    const rows = rowsIn(validator, group);
    expect(rows.map(({ reason }) => reason === 'interrupted')).toEqual(group.map((_, place) => place === 1));
  });
});
