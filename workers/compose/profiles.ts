// Environment → the ports of the profiles part.
import { d1Profiles } from '../adapters/d1-profiles.ts';
import type { Env } from '../env.ts';
import type { ProfilePorts } from '../services/profiles/ports.ts';

export function profilePorts(env: Env): ProfilePorts {
  return d1Profiles(env.DB);
}
