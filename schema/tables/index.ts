// What the Worker stores in D1, in two halves: a validator's own audits, and what is known of all validators.
export * from './ledger.ts';
export * from './network.ts';
export * from './accounts.ts';
export * from './alerts.ts';
export * from './health.ts';
export * from './profiles.ts';
export * from './spots.ts';
