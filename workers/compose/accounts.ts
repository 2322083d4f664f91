// Environment → the ports of the accounts part.
import type { Env } from '../env.ts';
import type { AccountPorts } from '../services/accounts/ports.ts';

export function accountPorts(env: Env): AccountPorts {
  void env;
  return {};
}
