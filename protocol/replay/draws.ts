// Nothing left out, nothing added: the due draws are computed again from seed and beacon, and the records must be one for each,
// on the node, of the kind and with the freshness round that were drawn.
import type { DueDraw } from '../due.ts';
import type { AuditRow } from '../record.ts';
import { planOf, type Replay } from './replay.ts';
import { drawName, eachStep, fieldFault, type Fault, type Step } from './check.ts';
import { placeInCohort } from '../cohort.ts';
import { drawsInSlot } from '../schedule.ts';

type Pair = { readonly due: DueDraw | null; readonly row: AuditRow | null };

function before(a: { slot: number; draw: number }, b: { slot: number; draw: number }): boolean {
  return a.slot < b.slot || (a.slot === b.slot && a.draw < b.draw);
}

/** Due draws and records side by side; both rise by slot, then draw (the records' order is the chunks' check). */
function paired(replay: Replay): Pair[] {
  const pairs: Pair[] = [];
  const due = replay.due();
  const { rows } = replay;
  for (let i = 0, j = 0; i < due.length || j < rows.length;) {
    const [item, row] = [due[i] ?? null, rows[j] ?? null];
    const onlyDue = row === null || (item !== null && before(item.draw, row));
    const onlyRow = item === null || (row !== null && before(row, item.draw));
    pairs.push({ due: onlyRow ? null : item, row: onlyDue ? null : row });
    if (!onlyRow) i++;
    if (!onlyDue) j++;
  }
  return pairs;
}

/** Why a record's draw is not due. */
function undue(replay: Replay, row: AuditRow): string {
  const inSlot = row.slot < replay.facts.clock.slotsPerEpoch ? drawsInSlot(planOf(replay), row.slot) : 0;
  const { draw, place } = placeInCohort(row.draw);
  if (draw < inSlot && place > 0) return `the cohort of draw ${String(draw)} has no member at place ${String(place)}`;
  if (draw < inSlot)
    return 'this draw is idle: the node drawn is retired, or its class is not in the policy or has no job of this kind';
  return `this slot has ${String(inSlot)} draws`;
}

function pairFault(replay: Replay, { due, row }: Pair): Fault {
  if (row === null) {
    return due === null ? null : `${drawName(due.draw)}: due (node ${String(due.node.index)}), but it has no record`;
  }
  if (due === null) return `${drawName(row)}: has a record but is not due; ${undue(replay, row)}`;
  const name = drawName(row);
  return fieldFault([
    [`${name} nodeIndex`, due.node.index, row.nodeIndex],
    [`${name} nodeId`, due.node.nodeId, row.nodeId],
    [`${name} kind`, due.draw.kind, row.kind],
    [`${name} freshnessRound`, due.draw.freshnessRound, row.freshnessRound],
  ]);
}

export function drawsStep(replay: Replay): Step {
  return eachStep(
    'due draws',
    () => paired(replay),
    (pair) => pairFault(replay, pair),
  );
}
