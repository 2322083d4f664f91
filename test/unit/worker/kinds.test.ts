// Challenges of kinds 2 and 5, cohorts and busy, from a chunk's claim to stored rows: each way in which they can end.
import { describe, expect, it } from 'vitest';
import { ZERO32, type Hex } from '../../../protocol/bytes.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../../protocol/challenge.ts';
import type { DueDraw } from '../../../protocol/due.ts';
import type { KindEntry, Policy } from '../../../protocol/policy.ts';
import { MEMBER_STEP, freshnessEnd } from '../../../protocol/schedule.ts';
import { decodeTranscript } from '../../../protocol/transcript.ts';
import { mixedPolicy, mixedWorld, sealEpoch as sealFixture, type World } from '../../support/epoch.ts';
import { firstFailure } from '../../support/replay.ts';
import { auditChunk } from '../../../workers/services/audit.ts';
import { chunkDraws, slotChunks } from '../../../workers/services/chunks.ts';
import type { Answer, Chunk, Context, FinishedRow, NetworkReason, RegionAnswer } from '../../../workers/services/ports.ts';
import { sealEpoch } from '../../../workers/services/seal.ts';
import { epochStart } from '../../../protocol/schedule.ts';
import { busyNode, honestNode, type NodeScript } from './nodes.ts';
import { beacon, chunksOf, groupsOf, openValidator, takesMs, type Validator } from './rig.ts';

const SLOTS = [0, 1, 2, 3];
const VRAM = { kind: KIND_VRAM, weight: 1, cohort: 1 };
const COHORT = { ...VRAM, cohort: 6 };
const PRESENCE = { kind: KIND_PRESENCE, weight: 1, cohort: 1 };

/** A policy of these kinds alone, with time enough for a few probes at once. */
const policyOf = (...kinds: KindEntry[]): Policy => ({
  ...mixedPolicy,
  kinds,
  schedule: { ...mixedPolicy.schedule, auditsPerNodePerDay: 40_000 },
});
const worldOf = (...kinds: KindEntry[]): Partial<World> => ({ ...mixedWorld(), policy: policyOf(...kinds) });

type Row = FinishedRow & { readonly transcriptOffset: number | null };
const rowsOf = ({ stored }: Validator): Row[] =>
  [...stored.rows.values()].sort((a, b) => a.slot - b.slot || a.draw - b.draw) as Row[];
const reasons = (validator: Validator): Set<string> => new Set(rowsOf(validator).map(({ reason }) => reason));

async function runSlot(validator: Validator, slot = 0, context: Context = validator.context): Promise<void> {
  const chunks = chunksOf(validator, slot);
  expect(chunks.length).toBeGreaterThan(0);
  await validator.clock.run(Promise.all(chunks.map((chunk) => auditChunk(context, chunk))));
}

function transcriptOf({ objects, plan }: Validator, row: Row, chunk: number) {
  const bytes = objects.all.get(`transcripts/${String(plan.epoch)}/${String(row.slot)}/${String(chunk)}`) ?? new Uint8Array();
  const from = row.transcriptOffset ?? 0;
  return bytes.slice(from, from + (row.transcriptLength ?? 0));
}

/** All transcripts of the epoch by their hashes. */
function transcripts(validator: Validator): Map<Hex, Uint8Array> {
  const { plan } = validator;
  const found = new Map<Hex, Uint8Array>();
  for (const slot of SLOTS) {
    for (const [chunk, { draws }] of slotChunks(plan, slot).entries()) {
      const own = new Set(draws.map(({ draw }) => draw));
      for (const row of rowsOf(validator)) {
        if (row.slot !== slot || !own.has(row.draw % MEMBER_STEP) || row.transcriptHash === ZERO32) continue;
        found.set(row.transcriptHash, transcriptOf(validator, row, chunk));
      }
    }
  }
  return found;
}

const firstTranscript = (validator: Validator) => {
  const [row] = rowsOf(validator);
  return decodeTranscript(transcripts(validator).get(row?.transcriptHash ?? ZERO32) ?? new Uint8Array());
};

/** Seals the epoch after all is over, and replays what was sealed. */
async function sealAndReplay(validator: Validator): Promise<string | null> {
  const { clock, policy } = validator.world;
  validator.clock.set(1000 * (epochStart(clock, validator.plan.epoch + 1) + policy.schedule.settleSeconds));
  const entry = validator.stored.epochs.get(validator.plan.epoch);
  if (entry === undefined) throw new Error('no epoch');
  expect(await sealEpoch(validator.context, { ...entry })).toBe(true);
  const rows = await validator.context.ports.ledger.rows(validator.plan.epoch);
  return firstFailure(sealFixture(validator.world, rows, transcripts(validator)));
}

/** A node that answers one path in its own way, and is honest otherwise. */
const but =
  (path: string, answer: (honest: () => Promise<Answer>, body: Uint8Array) => Promise<Answer>) =>
  (index: number): NodeScript => {
    const honest = honestNode(index);
    return async (asked, body) => (asked === path ? answer(() => honest(asked, body), body) : honest(asked, body));
  };
const failing = (reason: NetworkReason) => async (): Promise<Answer> => ({ ok: false, reason });
const garbage = async (): Promise<Answer> => ({ ok: true, bytes: Uint8Array.of(9, 9, 9) });

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
