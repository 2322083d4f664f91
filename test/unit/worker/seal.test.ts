// Sealing: one row a due draw whatever was lost, the same root after a crash anywhere, and nothing let in afterwards.
import { describe, expect, it } from 'vitest';
import { ZERO32, type Hex } from '../../../protocol/bytes.ts';
import { epochStart, slotDraws } from '../../../protocol/schedule.ts';
import { decodeTranscript } from '../../../protocol/transcript.ts';
import { sealEpoch as sealFixture } from '../../support/epoch.ts';
import { firstFailure } from '../../support/replay.ts';
import { auditChunk } from '../../../workers/services/audit.ts';
import type { Context, EpochEntry, Ledger, Objects } from '../../../workers/services/ports.ts';
import { sealEpoch } from '../../../workers/services/seal.ts';
import { toHex } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { memoryLedger, memoryObjects } from './memory.ts';
import { chunkOf, dueOf, openValidator, type Validator } from './rig.ts';

const SLOTS = [0, 1, 2, 3];

function entryOf(validator: Validator): EpochEntry {
  const entry = validator.stored.epochs.get(validator.plan.epoch);
  if (entry === undefined) throw new Error('no epoch');
  return { ...entry };
}

function afterSettling(validator: Validator): void {
  const { clock, policy } = validator.world;
  validator.clock.set(1000 * (epochStart(clock, validator.plan.epoch + 1) + policy.schedule.settleSeconds));
}

/** Slots 0 and 1 audited, slot 2 claimed and never finished, slot 3 never issued. */
async function interrupted(): Promise<Validator> {
  const validator = await openValidator();
  for (const slot of [0, 1]) await validator.clock.run(auditChunk(validator.context, chunkOf(validator, slot)));
  await validator.context.ports.ledger.claim(chunkOf(validator, 2), validator.clock.nowMs());
  afterSettling(validator);
  return validator;
}

/** The same state once more, to be changed apart. */
function copyOf(validator: Validator): Validator {
  const { ledger, stored } = memoryLedger(validator.world.nodes, structuredClone(validator.stored));
  const objects = memoryObjects(new Map(validator.objects.all));
  return { ...validator, stored, objects, context: validator.with({ ledger, objects }) };
}

async function seal(validator: Validator, context: Context = validator.context): Promise<boolean> {
  return validator.clock.run(sealEpoch(context, entryOf(validator)));
}

function rootsOf(validator: Validator) {
  const { sealed } = validator.stored;
  if (sealed === null) throw new Error('not sealed');
  const { auditRoot, summaryRoot, archiveHash, due, done } = sealed;
  return { auditRoot, summaryRoot, archiveHash, due, done };
}

/** Transcripts by hash, cut out of the chunks' objects. */
function transcriptsOf({ stored, objects }: Validator): Map<Hex, Uint8Array> {
  const found = new Map<Hex, Uint8Array>();
  for (const row of stored.rows.values()) {
    if (!('transcriptOffset' in row) || row.transcriptOffset === null || row.transcriptLength === null) continue;
    const bytes = objects.all.get(`transcripts/${row.epoch}/${row.slot}/0`) ?? new Uint8Array();
    const part = bytes.slice(row.transcriptOffset, row.transcriptOffset + row.transcriptLength);
    expect(toHex(sha256(part))).toBe(row.transcriptHash);
    expect(decodeTranscript(part).challenge.length).toBeGreaterThan(0);
    found.set(row.transcriptHash, part);
  }
  return found;
}

describe('an epoch that went well', () => {
  it('is sealed as soon as all chunks are finished, and a replay agrees with every byte of it', async () => {
    const validator = await openValidator();
    for (const slot of SLOTS) await validator.clock.run(auditChunk(validator.context, chunkOf(validator, slot)));
    validator.clock.set(1000 * epochStart(validator.world.clock, validator.plan.epoch + 1));
    expect(await seal(validator)).toBe(true);
    const rows = await validator.context.ports.ledger.rows(validator.plan.epoch);
    const fixture = sealFixture(validator.world, rows, transcriptsOf(validator));
    expect(firstFailure(fixture, [])).toBeNull();
    const { auditRoot, summaryRoot, due, done } = rootsOf(validator);
    const { report } = fixture.facts;
    expect({ auditRoot, summaryRoot, due, done }).toEqual({
      ...{ auditRoot: report.auditRoot, summaryRoot: report.summaryRoot, due: report.due, done: report.done },
    });
    expect(done).toBe(due);
  });

  it('is not sealed before its end, nor with chunks under way before the settling time is up', async () => {
    const validator = await interrupted();
    const end = 1000 * epochStart(validator.world.clock, validator.plan.epoch + 1);
    for (const now of [end - 1, end, end + 999]) {
      validator.clock.set(now);
      expect(await seal(validator)).toBe(false);
      expect(entryOf(validator).state).toBe('open');
    }
    validator.clock.set(end + 1000);
    expect(await seal(validator)).toBe(true);
  });
});

describe('an epoch with losses', () => {
  it('has exactly one row a due draw; what is missing is interrupted', async () => {
    const validator = await interrupted();
    await seal(validator);
    const rows = await validator.context.ports.ledger.rows(validator.plan.epoch);
    const due = SLOTS.flatMap((slot) => dueOf(validator, slot).map(({ draw }) => `${slot}/${draw}`));
    expect(rows.map(({ slot, draw }) => `${slot}/${draw}`)).toEqual(due);
    for (const row of rows) {
      if (row.slot < 2) expect(row.reason).toBe('none');
      else expect(row).toMatchObject({ outcome: 'void', reason: 'interrupted', challengeHash: ZERO32, startedAt: 0 });
    }
    const { due: counted, done } = rootsOf(validator);
    expect([counted, done]).toEqual([due.length, rows.filter(({ slot }) => slot < 2).length]);
    const drawn = SLOTS.flatMap((slot) => slotDraws(validator.plan, slot)).length;
    expect(drawn).toBeGreaterThan(due.length); // idle draws exist and have no row
  });

  it('replays without a fault', async () => {
    const validator = await interrupted();
    await seal(validator);
    const rows = await validator.context.ports.ledger.rows(validator.plan.epoch);
    expect(firstFailure(sealFixture(validator.world, rows, transcriptsOf(validator)))).toBeNull();
  });

  it('with nothing audited at all is all interrupted; with no nodes it is empty', async () => {
    const silent = await openValidator();
    afterSettling(silent);
    await seal(silent);
    expect(rootsOf(silent).done).toBe(0);
    expect(rootsOf(silent).due).toBeGreaterThan(0);
    const empty = await openValidator({ nodes: [] });
    afterSettling(empty);
    await seal(empty);
    expect(rootsOf(empty)).toMatchObject({ due: 0, done: 0, auditRoot: ZERO32, summaryRoot: ZERO32 });
  });

  it('refuses results that come after sealing began, and a late chunk changes no root', async () => {
    const validator = await interrupted();
    await validator.context.ports.ledger.beginSealing(validator.plan.epoch);
    validator.clock.set(1000 * epochStart(validator.world.clock, validator.plan.epoch));
    expect(await validator.clock.run(auditChunk(validator.context, chunkOf(validator, 3)))).toBe('closed');
    afterSettling(validator);
    await seal(validator);
    const before = rootsOf(validator);
    expect(await validator.clock.run(auditChunk(validator.context, chunkOf(validator, 3)))).toBe('closed');
    expect(rootsOf(validator)).toEqual(before);
  });
});

type Fault = { readonly at: number; readonly when: 'before' | 'after' };

/** Ports of which the n-th call fails: before it has done anything, or when it has done everything. */
function failing(context: Context, { at, when }: Fault): { context: Context; calls: () => number } {
  let calls = 0;
  function wrap<T extends Ledger | Objects>(port: T): T {
    return new Proxy(port, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]): Promise<unknown> => {
          const mine = calls++;
          if (mine === at && when === 'before') throw new Error('cut off');
          const result: unknown = await Reflect.apply(method, target, args);
          if (mine === at) throw new Error('cut off');
          return result;
        };
      },
    });
  }
  const { ledger, objects } = context.ports;
  return {
    context: { ...context, ports: { ...context.ports, ledger: wrap(ledger), objects: wrap(objects) } },
    calls: () => calls,
  };
}

describe('a crash at any step', () => {
  it('ends in the same roots and the same archive after the next run', async () => {
    const start = await interrupted();
    const wanted = copyOf(start);
    const counted = failing(wanted.context, { at: -1, when: 'before' });
    await seal(wanted, counted.context);
    const steps = counted.calls();
    expect(steps).toBeGreaterThanOrEqual(8);
    for (let at = 0; at < steps; at++) {
      for (const when of ['before', 'after'] as const) {
        const validator = copyOf(start);
        await expect(seal(validator, failing(validator.context, { at, when }).context)).rejects.toThrow('cut off');
        if (entryOf(validator).state !== 'sealed') expect(await seal(validator)).toBe(true);
        expect([at, when, rootsOf(validator)]).toEqual([at, when, rootsOf(wanted)]);
        expect([...validator.objects.all.keys()].sort()).toEqual([...wanted.objects.all.keys()].sort());
      }
    }
  });

  it('and two runs at once end in it, too', async () => {
    const one = await interrupted();
    const wanted = copyOf(one);
    await seal(wanted);
    await one.clock.run(Promise.all([sealEpoch(one.context, entryOf(one)), sealEpoch(one.context, entryOf(one))]));
    expect(rootsOf(one)).toEqual(rootsOf(wanted));
  });
});
