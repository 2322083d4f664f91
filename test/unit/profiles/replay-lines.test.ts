// Lines of a real archive: built, sealed and opened as a peer's would be. Regions are those that the draws name, nothing is lost, and what a
// tally counts is what the lines count.
import { describe, expect, test } from 'vitest';
import { KIND_PRESENCE } from '../../../protocol/challenge.ts';
import { tallyRows } from '../../../protocol/consensus/tally.ts';
import { ProtocolError } from '../../../protocol/errors.ts';
import { openReplay } from '../../../protocol/replay/replay.ts';
import { linesOf } from '../../../workers/services/network/replay-lines.ts';
import { buildEpoch, mixedWorld, worldDue } from '../../support/epoch.ts';

describe('lines of an archive of all kinds', { timeout: 60_000 }, () => {
  const world = mixedWorld();
  const fixture = buildEpoch(world);
  const replay = openReplay(fixture);
  const lines = linesOf(replay);
  const tallies = tallyRows(replay.rows);
  const lineOf = (nodeIndex: number) => lines.find((line) => line.nodeIndex === nodeIndex);

  test('have presence by region, as many as the tallies count', () => {
    expect(tallies.some(({ present }) => present > 0)).toBe(true);
    expect(tallies.some(({ absent }) => absent > 0)).toBe(true);
    for (const { nodeIndex, present, absent } of tallies) {
      const regions = lineOf(nodeIndex)?.regions ?? [];
      const total = (pick: (region: (typeof regions)[number]) => number): number =>
        regions.reduce((sum, each) => sum + pick(each), 0);
      expect([total((each) => each.present), total((each) => each.absent)]).toEqual([present, absent]);
      expect(total(({ counts }) => counts.reduce((sum, count) => sum + count, 0))).toBe(present);
    }
  });

  test('name the regions that the draws do', () => {
    const drawn = worldDue(world).filter(({ draw }) => draw.kind === KIND_PRESENCE);
    const { regions } = replay.policy;
    for (const { nodeIndex, regions: found } of lines) {
      const wanted = drawn.filter(({ node }) => node.index === nodeIndex).map(({ draw }) => regions[draw.region]);
      for (const { region } of found) expect(wanted).toContain(region);
    }
    expect(new Set(lines.flatMap((line) => line.regions.map(({ region }) => region))).size).toBeGreaterThan(1);
  });

  test('show failures of presence and jobs, each as its record has it', () => {
    const shown = lines.flatMap((line) => line.audits.map((audit) => ({ nodeIndex: line.nodeIndex, ...audit })));
    expect(shown.length).toBeGreaterThan(0);
    for (const audit of shown) expect(replay.rows).toContainEqual(expect.objectContaining(audit));
    expect(shown.some(({ kind, outcome }) => kind === KIND_PRESENCE && outcome === 'pass')).toBe(false);
  });

  test('are without regions where the draws are more than a replay handles', () => {
    const dueAt = (): never => {
      throw new ProtocolError('out_of_range', 'too many draws');
    };
    const without = linesOf({ ...replay, dueAt });
    expect(without.every(({ regions }) => regions.length === 0)).toBe(true);
    expect(without.flatMap(({ audits }) => audits)).toEqual(lines.flatMap(({ audits }) => audits));
  });
});
