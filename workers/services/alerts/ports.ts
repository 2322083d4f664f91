// What the alerts part needs from outside.
export type AlertPorts = {
  /** Makes whoever delivers look at the outbox now. Never throws: what it misses the next tick finds. */
  readonly wake: () => Promise<void>;
};
