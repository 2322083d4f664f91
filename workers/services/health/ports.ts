// What the health part needs from outside.
export type HealthPorts = Readonly<Record<never, never>>;
