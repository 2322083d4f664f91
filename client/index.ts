// The typed client of the Assay API: openapi-fetch over the types of ./schema.ts, which are generated from the routes themselves. Whatever
// the service answers as a problem is thrown as an AssayProblem; nothing else is added to fetch.
import createFetchClient, { type Client } from 'openapi-fetch';
import { problemOf } from './problem.ts';
import type { paths } from './schema.ts';

export { events, type StreamEvent } from './events.ts';
export { pages, type Page, type Place } from './pages.ts';
export { AssayProblem, type ProblemCode } from './problem.ts';
export type { components, operations, paths } from './schema.ts';

export type AssayClient = Client<paths>;

export type AssayOptions = {
  /** Where a validator or a gateway is, such as `https://assay.example`. */
  readonly baseUrl: string;
  /** A key of the hosted API; reads need none. */
  readonly key?: string;
  readonly fetch?: (request: Request) => Promise<Response>;
};

/**
 * @example
 * const api = createClient({ baseUrl: 'https://assay.example' });
 * const { data } = await api.GET('/v1/nodes/{id}', { params: { path: { id } } });
 * @throws AssayProblem from each request that the service refuses
 */
export function createClient({ baseUrl, key, fetch }: AssayOptions): AssayClient {
  const client = createFetchClient<paths>({
    baseUrl,
    ...(fetch === undefined ? {} : { fetch }),
    ...(key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }),
  });
  client.use({
    onResponse: async ({ response }) => {
      const problem = response.ok ? null : await problemOf(response);
      if (problem !== null) throw problem;
    },
  });
  return client;
}
