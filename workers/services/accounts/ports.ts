// What the accounts part needs from outside.
import type { Scope } from '../../../schema/api/accounts.ts';

/** Who asks, once a key was found good. */
export type Caller = { readonly tenant: string; readonly key: string; readonly scopes: readonly Scope[] };

export type AccountPorts = Readonly<Record<never, never>>;
