// What all validators' counts say of every node, and how far each validator's own agree with them (docs/protocol.md, sections 16.3
// and 16.4): one pass over the nodes, in which each node's rates are centred once and used for both.
import type { Policy } from '../policy.ts';
import { addDissent, findOutliers, newDissent, type Dissent, type Unproven } from './agreement.ts';
import type { Counts } from './counts.ts';
import { clippedMean, join, medianOver, newGroup, newScratch, scoreOf, serviceOf, type Group } from './rates.ts';
import type { NodeScore, NodeService } from './types.ts';

type Place = 'epoch' | 'nodeIndex' | 'nodeId';

export type RatedNode = {
  readonly score: Omit<NodeScore, Place>;
  readonly service: Omit<NodeService, Place>;
  /** Effective samples of `correctPpm`, which penalties ask for. */
  readonly correctEffective: number;
};

export type Rated = {
  readonly nodes: readonly RatedNode[];
  /** About jobs, and about presence: apart, as either could hide in the other's number. */
  readonly dissents: readonly Dissent[];
};

/** One node's counts as rates: of its jobs, of the proven ones alone, and of presence. */
type Groups = { readonly jobs: Group; readonly proven: Group; readonly presence: Group };

function fillGroups(groups: Groups, counts: Counts, node: number, weights: readonly number[]): void {
  const { jobs, proven, presence } = groups;
  for (const group of [jobs, proven, presence]) group.count = 0;
  for (let seat = 0; seat < counts.seats; seat++) {
    const at = node * counts.seats + seat;
    const [pass, wrong, slow] = [counts.pass[at] ?? 0, counts.wrong[at] ?? 0, counts.slow[at] ?? 0];
    const [present, absent] = [counts.present[at] ?? 0, counts.absent[at] ?? 0];
    const weight = weights[seat] ?? 0;
    join(jobs, seat, weight, pass, pass + wrong + slow + (counts.network[at] ?? 0));
    join(proven, seat, weight, pass + slow, pass + slow + wrong);
    join(presence, seat, weight, present, present + absent);
  }
}

/** Sections 16.3 and 16.4, node by node. */
export function rateNodes(counts: Counts, weights: readonly number[], policy: Policy['consensus']): Rated {
  const tolerance = policy.clipTolerancePpm;
  const { pass, wrong, slow, network, present, absent } = counts;
  const outliersOf = (unproven: Unproven): boolean[] => findOutliers(counts, weights, tolerance, unproven);
  const jobOutliers = outliersOf({ failed: network, others: [pass, wrong, slow] });
  const presenceOutliers = outliersOf({ failed: absent, others: [present] });
  const [aboutJobs, aboutPresence] = [newDissent(counts.seats), newDissent(counts.seats)];
  const scratch = newScratch(counts.seats);
  const group = (): Group => newGroup(counts.seats);
  const groups: Groups = { jobs: group(), proven: group(), presence: group() };
  const measured = (at: number): boolean => (counts.pass[at] ?? 0) > (counts.fills[at] ?? 0);
  const reached = (at: number): boolean => (counts.present[at] ?? 0) > 0;
  const filled = (at: number): boolean => (counts.fills[at] ?? 0) > 0;
  const nodes: RatedNode[] = [];
  for (let node = 0; node < counts.nodes; node++) {
    fillGroups(groups, counts, node, weights);
    const jobs = clippedMean(groups.jobs, tolerance, scratch);
    const proven = clippedMean(groups.proven, tolerance, scratch);
    const presence = clippedMean(groups.presence, tolerance, scratch);
    addDissent(aboutJobs, groups.jobs, jobs.centre, tolerance, (seat) => jobOutliers[seat] === true);
    addDissent(aboutJobs, groups.proven, proven.centre, tolerance, (seat) => jobOutliers[seat] !== true);
    addDissent(aboutPresence, groups.presence, presence.centre, tolerance, (seat) => presenceOutliers[seat] === true);
    const median = (column: Float64Array | Uint32Array, hasSamples: (at: number) => boolean): number =>
      medianOver(counts, column, hasSamples, node, weights, scratch);
    const medians = { measure: median(counts.measure, measured), elapsedMs: median(counts.elapsedMs, measured) };
    const latencies = { latencyMs: median(counts.latencyMs, reached), latencyHighMs: median(counts.latencyHighMs, reached) };
    nodes.push({
      score: scoreOf(jobs, proven, medians, policy),
      service: serviceOf(presence, { ...latencies, bandwidth: median(counts.bandwidth, filled) }),
      correctEffective: proven.effective,
    });
  }
  return { nodes, dissents: [aboutJobs, aboutPresence] };
}
