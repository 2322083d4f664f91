// Environment → the ports of the alerts part.
import type { Env } from '../env.ts';
import type { AlertPorts } from '../services/alerts/ports.ts';

export function alertPorts(env: Env): AlertPorts {
  void env;
  return { wake: () => Promise.resolve() };
}
