// Environment → the ports of the health part.
import { d1Health } from '../adapters/d1-health.ts';
import type { Env } from '../env.ts';
import type { HealthPorts } from '../services/health/ports.ts';

export function healthPorts(env: Env): HealthPorts {
  return d1Health(env.DB);
}
