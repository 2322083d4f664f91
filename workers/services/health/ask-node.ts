// One question beside the schedule, from a region of the policy, with the control request that tells a dead node from a line of our own. What
// is no absence and no good answer says nothing here: a wrong answer is for the schedule to find.
import { ZERO32 } from '../../../protocol/bytes.ts';
import { slotAt } from '../../../protocol/schedule.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import { controlled } from '../outage.ts';
import type { Context } from '../ports.ts';
import { spotPresence } from '../spots/presence.ts';
import { isAbsent } from './hear.ts';
import type { AskNode } from './working-ports.ts';

async function ask(context: Context, index: number, step: number): Promise<Reason | null> {
  const { ledger, clock } = context.ports;
  const epoch = slotAt(context.clock, clock.nowMs())?.epoch ?? 0;
  const [entry, nodes] = await Promise.all([ledger.epoch(epoch), ledger.nodes(epoch, [index])]);
  const node = nodes.get(index);
  if (entry === null || node === undefined || node.retired) return null;
  const { regions } = context.policyOf(entry.policyHash);
  // Each question from another place, so that one region's trouble is not taken for the node's.
  const region = regions[(index + step) % Math.max(1, regions.length)] ?? null;
  const { reason } = await spotPresence(context, node, region);
  if (reason === 'none') return 'none';
  const stands = await controlled(context.ports, region, { reason, commitment: ZERO32 });
  return isAbsent(stands) ? stands : null;
}

/** Asks in the validator's name. Whatever fails on our side says nothing of the node. */
export const askNode =
  (context: Context): AskNode =>
  (node, step) =>
    ask(context, node, step).catch(() => null);
