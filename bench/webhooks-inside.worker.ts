// What the measure of webhooks asks of the Worker: endpoints made as the API makes them, and bursts of events stored in one batch, with the poke
// that follows each batch. Everything behind it is what would be deployed.
import { alertPorts } from '../workers/compose/alerts.ts';
import { eventId, type NewEvent } from '../workers/services/alerts/event.ts';
import { createEndpoint } from '../workers/services/alerts/endpoints.ts';
import type { Env } from '../workers/env.ts';
import type { BurstAsk, MakeAsk } from './webhooks-asks.ts';

const hash = (n: number): `0x${string}` => `0x${n.toString(16).padStart(64, '0')}`;

function eventOf(name: string, index: number): NewEvent {
  const incident = `${name}-${String(index)}`;
  return {
    ...{ id: eventId('node.down', incident), type: 'node.down', node: { index, id: hash(index) }, occurredAtMs: Date.now() },
    data: { incident, cause: 'timeout', sinceMs: Date.now(), seenBy: [], page: null },
  };
}

async function make(env: Env, { count, url }: MakeAsk): Promise<void> {
  const ports = { alerts: alertPorts(env), nowMs: Date.now };
  await env.DB.prepare('DELETE FROM webhook_endpoints').run();
  for (let i = 0; i < count; i++) {
    const filters = { types: [], nodes: [], operators: [], note: '' };
    const body = { url: `${url}/${String(i)}`, format: 'standard', scheme: 'v1', ...filters } as const;
    const made = await createEndpoint(ports, { tenant: 'bench', endpointsMax: count, body });
    if (!made.ok) throw new Error(made.detail);
  }
}

/** @returns Unix milliseconds at which the batch was begun */
async function burst(env: Env, { name, events }: BurstAsk): Promise<number> {
  const alerts = alertPorts(env);
  const told = Array.from({ length: events }, (_, i) => eventOf(name, i));
  const began = Date.now();
  await alerts.endpoints.tell(told);
  await alerts.wake();
  return began;
}

export async function answer(request: Request, env: Env): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === '/make') {
    await make(env, await request.json<MakeAsk>());
    return Response.json(null);
  }
  if (pathname === '/burst') return Response.json(await burst(env, await request.json<BurstAsk>()));
  return new Response(null, { status: 404 });
}
