// The Durable Object that delivers to one endpoint: a slow one holds up no other.
import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../env.ts';

export class Dispatcher extends DurableObject<Env> {}
