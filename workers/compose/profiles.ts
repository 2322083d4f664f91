// Environment → the ports of the profiles part.
import type { Env } from '../env.ts';
import type { ProfilePorts } from '../services/profiles/ports.ts';

export function profilePorts(env: Env): ProfilePorts {
  void env;
  return {};
}
