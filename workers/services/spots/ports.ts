// What the spots part needs from outside.
export type SpotPorts = Readonly<Record<never, never>>;
