// The Durable Object that counts what one tenant uses: the one place where its quotas are decided.
import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../env.ts';

export class Quota extends DurableObject<Env> {}
