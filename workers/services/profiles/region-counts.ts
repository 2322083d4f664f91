// Questions for a node's presence from one region, in a form that adds up over validators and epochs.
export type RegionCounts = {
  readonly region: string;
  readonly present: number;
  readonly absent: number;
  /** One for each latency bucket. */
  readonly counts: readonly number[];
};
