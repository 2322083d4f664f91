// Environment → the ports of the health part.
import type { Env } from '../env.ts';
import type { HealthPorts } from '../services/health/ports.ts';

export function healthPorts(env: Env): HealthPorts {
  void env;
  return {};
}
