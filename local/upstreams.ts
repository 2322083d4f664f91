// The gateway's keys at the validators. Their operators would each make one by `assay tenant create`; before the chain is set up no
// Worker serves its API yet, so the rows are written where that command would write them.
import { randomBytes } from 'node:crypto';
import type { Scope } from '../schema/api/accounts.ts';
import type { Hex } from '../protocol/bytes.ts';
import { freshKeyText, keyText, secretHash } from '../workers/services/accounts/key-text.ts';
import type { Edge } from './edge.ts';

/** One of the UPSTREAMS of a gateway. */
export type Upstream = { readonly url: string; readonly key: string; readonly operator: Hex };

const SCOPES: readonly Scope[] = ['read', 'audits', 'sightings'];
const TENANT = 'gateway';

type Validator = { readonly edge: () => Edge; readonly url: string };

export async function upstreamAt({ edge, url }: Validator, operator: Hex): Promise<Upstream> {
  const key = freshKeyText((bytes) => new Uint8Array(randomBytes(bytes)));
  const database = await edge().database();
  const now = Date.now();
  await database.batch([
    database
      .prepare('INSERT INTO tenants (tenant, name, audits_per_day, created_at) VALUES (?, ?, ?, ?)')
      .bind(TENANT, 'gateway', 10_000, now),
    database
      .prepare('INSERT INTO api_keys (id, tenant, secret_hash, origin, name, scopes, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)')
      .bind(key.id, TENANT, secretHash(key.secret), 'made', 'gateway', JSON.stringify(SCOPES), now),
  ]);
  return { url, key: keyText(key), operator };
}
