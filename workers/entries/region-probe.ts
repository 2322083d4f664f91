// The Durable Object that asks nodes for their presence from its region. It keeps nothing and holds no secret: it is handed an address
// and a signed message, and says what came back and after how long.
import { DurableObject } from 'cloudflare:workers';
import { composeRegion, type RegionParts } from '../compose.ts';
import type { Env } from '../env.ts';
import type { RegionAnswer } from '../services/ports.ts';
import { postFromRegion, type RegionRequest } from '../services/region.ts';

export class RegionProbe extends DurableObject<Env> {
  #composed: RegionParts | undefined;

  get #parts(): RegionParts {
    this.#composed ??= composeRegion(this.env);
    return this.#composed;
  }

  /** Null when it could not be sent in time. @throws RangeError for what is no presence challenge */
  post(request: RegionRequest): Promise<RegionAnswer | null> {
    return postFromRegion(this.#parts, request);
  }

  /** Whether the outside world answers from here. */
  control(): Promise<boolean> {
    const { places, control } = this.#parts;
    return places.run(1, control);
  }
}
