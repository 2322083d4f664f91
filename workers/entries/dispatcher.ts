// The Durable Object that delivers to one endpoint: a slow one holds up no other. It keeps only whose it is; what is due is read from D1
// each time, so that nothing is lost with it, and the next poke finds what an alarm left.
import { DurableObject } from 'cloudflare:workers';
import { deliveryPorts } from '../compose/alerts.ts';
import type { Env } from '../env.ts';
import { deliverDue } from '../services/alerts/deliver.ts';
import { REST_MS } from '../services/alerts/limits.ts';
import type { DeliveryPorts } from '../services/alerts/ports.ts';
import { troubleOf } from '../services/step.ts';

const NAME = 'endpoint';

export class Dispatcher extends DurableObject<Env> {
  #composed: DeliveryPorts | undefined;
  /** Rises with each poke: one that comes while an alarm is at work may have been missed by it. */
  #pokes = 0;

  get #ports(): DeliveryPorts {
    this.#composed ??= deliveryPorts(this.env);
    return this.#composed;
  }

  /** Something is due: an alarm delivers it, so that whoever pokes does not wait. */
  async poke(endpoint: string): Promise<void> {
    const { storage } = this.ctx;
    this.#pokes++;
    if ((await storage.get(NAME)) === undefined) await storage.put(NAME, endpoint);
    const alarm = await storage.getAlarm();
    if (alarm === null || alarm > Date.now()) await storage.setAlarm(Date.now());
  }

  override async alarm(): Promise<void> {
    const endpoint = await this.ctx.storage.get<string>(NAME);
    if (endpoint === undefined) return;
    const before = this.#pokes;
    let next: number | null;
    try {
      next = await deliverDue(this.#ports, endpoint);
    } catch (error) {
      const { code, message } = troubleOf('deliver', error);
      console.error(`deliver: ${code}: ${message}`);
      next = Date.now() + REST_MS; // what is due stays due
    }
    if (this.#pokes !== before) next = Date.now();
    if (next !== null) await this.ctx.storage.setAlarm(Math.max(next, Date.now()));
  }
}
