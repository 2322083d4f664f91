// Fills and busy, from a chunk's claim to stored rows: each way in which they can end, and an epoch of all kinds together.
import { describe, expect, it } from 'vitest';
import { ZERO32 } from '../../../protocol/bytes.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../../protocol/challenge.ts';
import { MEMBER_STEP } from '../../../protocol/schedule.ts';
import { mixedPolicy, mixedWorld } from '../../support/epoch.ts';
import { busyNode, honestNode, type NodeScript } from './nodes.ts';
import { beacon, groupsOf, openValidator, takesMs } from './rig.ts';
import {
  SLOTS,
  VRAM,
  worldOf,
  rowsOf,
  reasons,
  runSlot,
  firstTranscript,
  sealAndReplay,
  but,
  failing,
  garbage,
} from './kinds-rig.ts';

describe('an epoch of all kinds', () => {
  it('passes, and a replay agrees with every record and every byte of it', async () => {
    const few = { ...mixedPolicy.schedule, auditsPerNodePerDay: 60_000 };
    const validator = await openValidator({ ...mixedWorld(), policy: { ...mixedPolicy, schedule: few } });
    for (const slot of SLOTS) await runSlot(validator, slot);
    expect(reasons(validator)).toEqual(new Set(['none']));
    const rows = rowsOf(validator);
    const due = (await Promise.all(SLOTS.map((slot) => groupsOf(validator, slot)))).flat(2);
    expect(rows.map(({ slot, draw }) => `${slot}/${draw}`).toSorted()).toEqual(
      due.map(({ draw }) => `${draw.slot}/${draw.draw}`).toSorted(),
    );
    expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set([KIND_GEMM, KIND_VRAM, KIND_PRESENCE]));
    expect(rows.some(({ draw }) => draw >= MEMBER_STEP)).toBe(true);
    expect(await sealAndReplay(validator)).toBeNull();
  }, 60_000);
});

describe('kind 2', () => {
  it('is challenged, filled, started, timed from the start, and opened', async () => {
    const validator = await openValidator(worldOf(VRAM));
    await runSlot(validator);
    expect(reasons(validator)).toEqual(new Set(['none']));
    const [row] = rowsOf(validator);
    const url = validator.world.nodes[row?.nodeIndex ?? -1]?.url;
    const own = validator.sent.filter((sent) => sent.url === url).slice(0, 3);
    expect(own.map(({ path }) => path)).toEqual(['/v1/challenges', '/v1/starts', '/v1/openings']);
    expect(row).toMatchObject({ elapsedMs: takesMs, region: null });
    expect(row?.measure).toBeGreaterThan(validator.world.policy.classes[0]?.vram?.floorBytesPerSecond ?? Infinity);
    expect(await sealAndReplay(validator)).toBeNull();
  });

  it.each<[string, (index: number) => NodeScript, string, boolean[]]>([
    ['refuses the challenge', but('/v1/challenges', failing('refused')), 'refused', [false, false, false, false]],
    ['answers the challenge with garbage', but('/v1/challenges', garbage), 'no_commitment', [true, false, false, false]],
    ['is gone at the start', but('/v1/starts', failing('unreachable')), 'unreachable', [true, true, false, false]],
    ['answers the start with garbage', but('/v1/starts', garbage), 'no_commitment', [true, true, true, false]],
    ['is silent at the openings', but('/v1/openings', failing('timeout')), 'timeout', [true, true, true, false]],
    ['opens garbage', but('/v1/openings', garbage), 'bad_opening', [true, true, true, true]],
    ['holds another node’s data', (index) => honestNode(index, () => ZERO32), 'wrong_result', [true, true, true, true]],
  ])('a node that %s', async (_what, script, reason, [ready, start, commitment, opening]) => {
    const validator = await openValidator(worldOf(VRAM), script);
    await runSlot(validator);
    expect(reasons(validator)).toEqual(new Set([reason]));
    const said = firstTranscript(validator);
    const parts = [said.ready, said.start, said.commitment, said.opening].map(({ length }) => length > 0);
    expect(parts).toEqual([ready, start, commitment, opening]);
    for (const row of rowsOf(validator)) {
      const accepted = row.commitment !== ZERO32;
      expect([accepted, row.elapsedMs > 0]).toEqual([said.draw.length > 0, said.draw.length > 0]);
    }
    expect(await sealAndReplay(validator)).toBeNull();
  });

  it('a fill by its deadline is not timed; one after it is a timeout, and so is a pass after its own', async () => {
    for (const [path, ms, reason] of [
      ['/v1/challenges', 1500, 'none'],
      ['/v1/challenges', 1501, 'timeout'],
      ['/v1/starts', 1100, 'below_claim'],
      ['/v1/starts', 1101, 'timeout'],
      ['/v1/starts', 2101, 'auditor_fault'],
    ] as const) {
      const validator = await openValidator(worldOf(VRAM));
      const { post } = validator.context.ports.transport;
      const context = validator.with({
        transport: {
          prepare: async () => true,
          post: async (url, asked, body, limits) => {
            const from = validator.clock.nowMs();
            const answer = await post(url, asked, body, limits);
            if (asked === path) await validator.clock.until(from + ms);
            return answer;
          },
        },
      });
      await runSlot(validator, 0, context);
      expect([path, ms, reasons(validator)]).toEqual([path, ms, new Set([reason])]);
      const counts = reason === 'none' || reason === 'below_claim';
      const elapsed = path === '/v1/starts' ? ms : takesMs;
      for (const row of rowsOf(validator)) expect(row.elapsedMs).toBe(counts ? elapsed : 0);
    }
  });

  it('between ready and commitment the line may be ours, and nothing of the node is held against it', async () => {
    const validator = await openValidator(worldOf(VRAM), but('/v1/starts', failing('unreachable')));
    await runSlot(validator, 0, validator.with({ beacon: { round: async (r) => beacon.sign(r), control: async () => false } }));
    expect(reasons(validator)).toEqual(new Set(['auditor_fault']));
    expect(firstTranscript(validator).start.length).toBeGreaterThan(0);
    expect(await sealAndReplay(validator)).toBeNull();
  });
});

describe('busy', () => {
  const kinds = [{ kind: KIND_GEMM, weight: 1, cohort: 1 }, VRAM];

  it('with a rival’s challenge that holds is void, for both timed kinds', async () => {
    const { rival } = mixedWorld();
    const validator = await openValidator(worldOf(...kinds), (index) => busyNode(index, rival));
    for (const slot of SLOTS) await runSlot(validator, slot);
    expect(new Set(rowsOf(validator).map(({ kind }) => kind))).toEqual(new Set([KIND_GEMM, KIND_VRAM]));
    for (const row of rowsOf(validator)) expect(row).toMatchObject({ outcome: 'void', reason: 'busy', commitment: ZERO32 });
    expect(validator.sent.every(({ path }) => path === '/v1/challenges')).toBe(true);
    expect(await sealAndReplay(validator)).toBeNull();
  });

  it('with the challenge of somebody without a seat is a failure; with another of our own it is void like any rival’s', async () => {
    const stranger = { operator: `0x${'99'.repeat(20)}` as const, signerKey: new Uint8Array(32).fill(9) };
    const { validator: self, signerKey } = mixedWorld();
    for (const [rival, reason] of [
      [stranger, 'no_commitment'],
      [{ operator: self, signerKey }, 'busy'],
    ] as const) {
      const validator = await openValidator(worldOf(...kinds), (index) => busyNode(index, rival));
      await runSlot(validator);
      expect(reasons(validator)).toEqual(new Set([reason]));
    }
  });

  it('by a signer that the rival’s seat does not have at the epoch is a failure', async () => {
    const { rival } = mixedWorld();
    const validator = await openValidator(worldOf(...kinds), (index) => busyNode(index, rival));
    const entry = validator.stored.epochs.get(validator.plan.epoch);
    if (entry !== undefined) entry.signers = (entry.signers ?? []).map((seat) => ({ ...seat, signer: seat.operator }));
    await runSlot(validator);
    expect(reasons(validator)).toEqual(new Set(['no_commitment']));
  });
});
