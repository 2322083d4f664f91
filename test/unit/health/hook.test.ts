// What an audit tells health: failures at once, whole chunks when they are stored, and nothing after the epoch has closed.
import { describe, expect, it } from 'vitest';
import type { HeardRow, Ports, RegionAnswer } from '../../../workers/services/ports.ts';
import { auditChunk } from '../../../workers/services/audit.ts';
import { chunksOf, openValidator, type Validator } from '../worker/rig.ts';
import { PRESENCE, rowsOf, worldOf } from '../worker/kinds-rig.ts';

type Told = { readonly row: HeardRow; readonly stored: number };

function listening(validator: Validator, regions: Partial<Ports['regions']> = {}) {
  const heard: Told[] = [];
  const taken: number[] = [];
  const context = validator.with({
    regions: { ...validator.context.ports.regions, ...regions },
    health: {
      heard: async (_epoch, row) => {
        heard.push({ row, stored: rowsOf(validator).length });
      },
      take: async (_chunk, rows) => {
        taken.push(rows.length);
      },
    },
  });
  return { heard, taken, context };
}

const silent = async (): Promise<RegionAnswer> => ({ answer: { ok: false, reason: 'unreachable' }, elapsedMs: 3 });

describe('the hook', () => {
  it('is told of each draw before its chunk is stored, and of the chunk after', async () => {
    const validator = await openValidator(worldOf(PRESENCE));
    const { heard, taken, context } = listening(validator, { post: silent });
    const [chunk] = chunksOf(validator, 0);
    if (chunk === undefined) throw new Error('no chunk');
    expect(await validator.clock.run(auditChunk(context, chunk))).toBe('stored');
    expect(heard.length).toBeGreaterThan(0);
    expect(new Set(heard.map(({ row }) => row.reason))).toEqual(new Set(['unreachable']));
    expect(heard.every(({ stored }) => stored === 0)).toBe(true);
    expect(taken).toEqual([heard.length]);
  });

  it('hears of a line of our own as that, not as a node’s absence', async () => {
    const validator = await openValidator(worldOf(PRESENCE));
    const { heard, context } = listening(validator, { post: silent, control: async () => false });
    for (const chunk of chunksOf(validator, 0)) await validator.clock.run(auditChunk(context, chunk));
    expect(new Set(heard.map(({ row }) => row.reason))).toEqual(new Set(['auditor_fault']));
  });

  it('is not told of chunks that were claimed before, or of a closed epoch', async () => {
    const validator = await openValidator(worldOf(PRESENCE));
    const { heard, taken, context } = listening(validator);
    const [chunk, other] = [...chunksOf(validator, 0), ...chunksOf(validator, 1)];
    if (chunk === undefined || other === undefined) throw new Error('no chunks');
    await validator.clock.run(auditChunk(context, chunk));
    const before = [heard.length, taken.length];
    expect(await auditChunk(context, chunk)).toBe('repeated');
    await context.ports.ledger.beginSealing(chunk.epoch);
    expect(await auditChunk(context, other)).toBe('closed');
    expect([heard.length, taken.length]).toEqual(before);
  });
});
