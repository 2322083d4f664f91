// Environment → the ports of the spots part.
import type { Env } from '../env.ts';
import type { SpotPorts } from '../services/spots/ports.ts';

export function spotPorts(env: Env): SpotPorts {
  void env;
  return {};
}
