// What all validators' counts say of every node, and how far each validator's own agree with them (docs/protocol.md, sections 16.3
// and 16.4): one pass over the nodes, in which each node's rates are centred once and used for both.
import type { Policy } from '../policy.ts';
import { addDissent, findOutliers, newDissent, type Dissent } from './agreement.ts';
import type { Counts } from './counts.ts';
import { centreOf, clippedMean, join, medianOver, newGroup, newScratch, scoreOf, serviceOf, type Group } from './rates.ts';
import type { NodeScore, NodeService } from './types.ts';

type Place = 'epoch' | 'nodeIndex' | 'nodeId';

export type RatedNode = {
  readonly score: Omit<NodeScore, Place>;
  readonly service: Omit<NodeService, Place>;
  /** Effective samples of `correctPpm`, which penalties ask for. */
  readonly correctEffective: number;
};

export type Rated = { readonly nodes: readonly RatedNode[]; readonly dissent: Dissent };

/** One node's counts as rates: of its jobs, of the proven ones alone, of presence, and of whatever it was asked. */
type Groups = { readonly jobs: Group; readonly proven: Group; readonly presence: Group; readonly all: Group };

function fillGroups(groups: Groups, counts: Counts, node: number, weights: readonly number[]): void {
  const { jobs, proven, presence, all } = groups;
  for (const group of [jobs, proven, presence, all]) group.count = 0;
  for (let seat = 0; seat < counts.seats; seat++) {
    const at = node * counts.seats + seat;
    const [pass, wrong, slow] = [counts.pass[at] ?? 0, counts.wrong[at] ?? 0, counts.slow[at] ?? 0];
    const [present, absent] = [counts.present[at] ?? 0, counts.absent[at] ?? 0];
    const [weight, samples] = [weights[seat] ?? 0, pass + wrong + slow + (counts.network[at] ?? 0)];
    join(jobs, seat, weight, pass, samples);
    join(proven, seat, weight, pass + slow, pass + slow + wrong);
    join(presence, seat, weight, present, present + absent);
    join(all, seat, weight, pass + present, samples + present + absent);
  }
}

/** Sections 16.3 and 16.4, node by node. */
export function rateNodes(counts: Counts, weights: readonly number[], policy: Policy['consensus']): Rated {
  const tolerance = policy.clipTolerancePpm;
  const outliers = findOutliers(counts, weights, tolerance);
  const isOutlier = (seat: number): boolean => outliers[seat] === true;
  const isNone = (seat: number): boolean => outliers[seat] !== true;
  const dissent = newDissent(counts.seats);
  const scratch = newScratch(counts.seats);
  const group = (): Group => newGroup(counts.seats);
  const groups: Groups = { jobs: group(), proven: group(), presence: group(), all: group() };
  const measured = (at: number): boolean => (counts.pass[at] ?? 0) > (counts.fills[at] ?? 0);
  const reached = (at: number): boolean => (counts.present[at] ?? 0) > 0;
  const filled = (at: number): boolean => (counts.fills[at] ?? 0) > 0;
  const nodes: RatedNode[] = [];
  for (let node = 0; node < counts.nodes; node++) {
    fillGroups(groups, counts, node, weights);
    const jobs = clippedMean(groups.jobs, tolerance, scratch);
    const proven = clippedMean(groups.proven, tolerance, scratch);
    const presence = clippedMean(groups.presence, tolerance, scratch);
    addDissent(dissent, groups.all, centreOf(groups.all, scratch), tolerance, isOutlier);
    addDissent(dissent, groups.proven, proven.centre, tolerance, isNone);
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
  return { nodes, dissent };
}
