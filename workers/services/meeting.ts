// Where the members of a cohort wait for one another: what they fill has to exist at the same time (docs/protocol.md, section 19.3), and
// nobody's answer may wait in this isolate while another's openings are checked. Each wait ends, because every request has a deadline
// and whoever is done, however it ended, has left.

export type Meeting = {
  /** Resolves when every member has its memory filled or has left. */
  readonly filled: () => Promise<void>;
  /** Resolves when every member's address has been looked up again or it has left: then all are started at once. */
  readonly found: () => Promise<void>;
  /** Resolves when every member's time has been taken or it has left. */
  readonly timed: () => Promise<void>;
  /** Holds up nobody any more. May be called more than once. */
  readonly leave: () => void;
};

/** Resolves for all when each of `count` members has arrived; a second arrival of one is none. */
function barrier(count: number): (member: number) => Promise<void> {
  const arrived = new Set<number>();
  const passed = Promise.withResolvers<undefined>();
  return (member) => {
    if (arrived.add(member).size === count) passed.resolve(undefined);
    return passed.promise;
  };
}

/** One for each of `count` members; alone, nothing is waited for. */
export function meetings(count: number): Meeting[] {
  const [filled, found, timed] = [barrier(count), barrier(count), barrier(count)];
  return Array.from({ length: count }, (_, member) => ({
    filled: () => filled(member),
    found: () => found(member),
    timed: () => timed(member),
    leave: () => {
      void filled(member);
      void found(member);
      void timed(member);
    },
  }));
}
