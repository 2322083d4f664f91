// What the profiles part needs from outside.
export type ProfilePorts = Readonly<Record<never, never>>;
