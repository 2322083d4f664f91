// Every route of the document, asked with what its schemas allow and with what they do not: no answer is a fault of ours, each has a status
// that the document names, and each body of ours has the form that the document gives it.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { problem } from '../../../schema/api/problems.ts';
import { guard } from '../../../workers/services/guard.ts';
import type { ApiDocument, Operation, Parameter } from '../../../workers/web/document.ts';
import type { App } from '../../../workers/web/request.ts';
import { fromSchema, hostileText, type JsonSchema } from '../support/from-schema.ts';
import { addEpoch, addNodes, nodeIdOf } from '../support/ledger-rows.ts';
import { addNetworkEpoch, operatorOf } from '../support/network-rows.ts';
import { seedTenant } from '../support/tenants.ts';
import { freshDatabase, gatewayPorts, revealMs, siteAt, webPorts, type Site } from '../support/web-env.ts';

/** The bound of the whole file, shared by the routes; each is asked once at least. */
const WHOLE_MS = 15_000;
const REQUESTS_A_ROUTE_MAX = 40;
/** Of each route, before the hostile ones. */
const RIGHT_REQUESTS = 4;
const STREAM_BYTES_MAX = 4_000_000;

/** Nothing leaves: names are resolved by a double, queues only take notes. */
function closed(nowMs: number, base = webPorts(nowMs)): Site {
  const alerts = {
    ...base.alerts,
    check: (url: string) => guard(url, new Set(), async () => ['93.184.216.34']),
    wake: async () => undefined,
  };
  const spots = { ...base.spots, queue: { send: async () => undefined }, pause: async () => undefined };
  return siteAt(nowMs, { ...base, alerts, spots });
}

const nowMs = revealMs(2);
const site = closed(nowMs);
const gateway = closed(nowMs, gatewayPorts(nowMs));
/** Ids that answers told: what makes the next request find something. */
const known = new Set<string>([nodeIdOf(0), nodeIdOf(1), operatorOf(0), '1', '2', '0', '1-0-0', '2-1-1', `${nodeIdOf(0)}.svg`]);
let key = '';

const freshKey = async (): Promise<void> => {
  const limits = { requestsPerMinute: 1_000_000, auditsPerDay: 100_000, endpointsMax: 1_000 };
  key = (await seedTenant(`t-${crypto.randomUUID().slice(0, 8)}`, undefined, limits)).key;
};

beforeAll(async () => {
  await freshDatabase();
  await addNodes([{ index: 0 }, { index: 1 }]);
  for (const epoch of [0, 1, 2]) await addEpoch({ epoch, nodes: [0, 1], slots: 2 });
  for (const epoch of [1, 2]) await addNetworkEpoch({ epoch, nodes: [0, 1], root: epoch === 1 ? 'final' : 'disputed' });
  await freshKey();
}, 60_000);

type Route = { readonly method: string; readonly path: string; readonly operation: Operation };
const document = await (await site.get('/v1/openapi.json')).json<ApiDocument>();
const routes: Route[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

/** The zod schemas of a route's JSON answers, by status: the ones that the document was made from. */
function answersOf(app: App, { method, path }: Route): ReadonlyMap<string, z.ZodType> {
  const found = app.openAPIRegistry.definitions.find(
    (one) => one.type === 'route' && one.route.path === path && one.route.method === method.toLowerCase(),
  );
  const answers = found?.type === 'route' ? Object.entries(found.route.responses) : [];
  return new Map(
    answers.flatMap(([status, answer]): [string, z.ZodType][] => {
      const media = 'content' in answer ? answer.content['application/json'] : undefined;
      const schema = media !== undefined && 'schema' in media ? media.schema : undefined;
      return schema instanceof z.ZodType ? [[status, schema]] : [];
    }),
  );
}

const component = document.components.schemas as Readonly<Record<string, JsonSchema>>;
const textFor = (parameter: Parameter): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fromSchema(parameter.schema ?? {}, component).map((value) =>
        typeof value === 'string' ? value : JSON.stringify(value ?? null),
      ),
    },
    { weight: parameter.in === 'path' ? 6 : 1, arbitrary: fc.nat().map((at) => [...known][at % known.size] ?? '') },
    { weight: 1, arbitrary: hostileText },
  );

const authorization = fc.oneof(
  { weight: 6, arbitrary: fc.constant('good') },
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constantFrom('Bearer ', 'Basic eDp5', 'Bearer assay_0', `Bearer ${'x'.repeat(5_000)}`) },
);
const mediaType = fc.oneof(
  { weight: 9, arbitrary: fc.constant('application/json') },
  { weight: 1, arbitrary: fc.constantFrom('text/plain', 'application/json; charset=utf-16', 'multipart/form-data', '') },
);
const rawBody = fc.constantFrom('', '{', 'null', '[[[[', `"${'x'.repeat(70_000)}"`, '{"a":1}{"b":2}', '\ufeff{}');

type Asked = {
  readonly parameters: readonly (readonly [Parameter, string])[];
  readonly authorization: string | null;
  readonly type: string;
  readonly body: string | null;
  readonly method: string;
  readonly extra: string;
};

function requestsOf({ method, operation }: Route): fc.Arbitrary<Asked> {
  const parameters = (operation.parameters ?? []).map((parameter) => {
    const text = textFor(parameter).map((value) => [parameter, value] as const);
    return parameter.required === true
      ? fc.oneof({ weight: 20, arbitrary: text }, { weight: 1, arbitrary: fc.constant(null) })
      : fc.option(text);
  });
  const schema = operation.requestBody?.content['application/json']?.schema;
  const json =
    schema === undefined ? fc.constant(null) : fromSchema(schema, component).map((value) => JSON.stringify(value ?? null));
  return fc.record({
    parameters: fc.tuple(...parameters).map((all) => all.filter((one) => one !== null)),
    authorization,
    type: mediaType,
    body: fc.oneof({ weight: 9, arbitrary: json }, { weight: 1, arbitrary: schema === undefined ? fc.constant(null) : rawBody }),
    method: fc.oneof(
      { weight: 30, arbitrary: fc.constant(method) },
      { weight: 1, arbitrary: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS') },
    ),
    extra: fc.oneof(
      { weight: 20, arbitrary: fc.constant('') },
      { weight: 1, arbitrary: fc.constantFrom('x=1', 'limit=1&limit=2', '__proto__=1', '%', '=') },
    ),
  });
}

/** What a caller who means well sends: required parameters only, ids that are there if any fits, a body as the schema asks. */
function rightRequestsOf({ method, operation }: Route): fc.Arbitrary<Asked> {
  const required = (operation.parameters ?? []).filter((parameter) => parameter.required === true);
  const parameters = required.map((parameter) => {
    const pattern = parameter.schema?.['pattern'];
    const fits = [...known].filter((id) => (typeof pattern === 'string' ? new RegExp(pattern).test(id) : true));
    const drawn = fromSchema(parameter.schema ?? {}, component).map(String);
    const text = parameter.in === 'path' && fits.length > 0 ? fc.constantFrom(...fits) : drawn;
    return text.map((value) => [parameter, value] as const);
  });
  const schema = operation.requestBody?.content['application/json']?.schema;
  return fc.record({
    parameters: fc.tuple(...parameters),
    body: schema === undefined ? fc.constant(null) : fromSchema(schema, component).map((value) => JSON.stringify(value ?? null)),
    ...{
      authorization: fc.constant('good'),
      type: fc.constant('application/json'),
      method: fc.constant(method),
      extra: fc.constant(''),
    },
  });
}

const headerSafe = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '');

function requestOf({ path, operation }: Route, asked: Asked): [string, RequestInit] {
  const of = (place: Parameter['in']) => asked.parameters.filter(([one]) => one.in === place);
  const given = new Map(of('path').map(([{ name }, value]) => [name, value]));
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent((given.get(name) ?? '').toWellFormed()));
  const query = of('query').map(([{ name }, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`);
  const search = [...query, asked.extra].filter((part) => part !== '').join('&');
  const headers = new Headers(of('header').map(([{ name }, value]): [string, string] => [name, headerSafe(value)]));
  if (asked.authorization !== null)
    headers.set('authorization', asked.authorization === 'good' ? `Bearer ${key}` : asked.authorization);
  const body = ['GET', 'HEAD', 'OPTIONS'].includes(asked.method) || operation.requestBody === undefined ? null : asked.body;
  if (body !== null && asked.type !== '') headers.set('content-type', asked.type);
  return [`${filled}${search === '' ? '' : `?${search}`}`, { method: asked.method, headers, ...(body === null ? {} : { body }) }];
}

/** The body's beginning, as text: an event stream has no end to wait for. */
async function textOf(answer: Response): Promise<string> {
  const body: ReadableStream<Uint8Array> | null = answer.body;
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const step = await reader?.read();
    if (step === undefined || step.done) return text;
    text += decoder.decode(step.value, { stream: true });
    const stream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (stream || text.length > STREAM_BYTES_MAX) {
      await reader?.cancel();
      return text;
    }
  }
}

function keepIds(value: unknown): void {
  if (typeof value !== 'object' || value === null || known.size > 200) return;
  for (const [name, inner] of Object.entries(value)) {
    if (['id', 'event', 'next'].includes(name) && typeof inner === 'string') known.add(inner);
    else keepIds(inner);
  }
}

async function ask(at: Site, route: Route, asked: Asked): Promise<number> {
  const [path, init] = requestOf(route, asked);
  const what = `${String(init.method)} ${path} ${typeof init.body === 'string' ? init.body.slice(0, 300) : ''}`;
  const answer = await at.get(path, init);
  const text = await textOf(answer);
  expect([what, at.faults]).toEqual([what, []]);
  expect([what, answer.status < 500 || answer.status === 503]).toEqual([what, true]);
  const type = answer.headers.get('content-type');
  // Another route may be under a path whose parameter is empty or a word; and another method is another operation.
  const same =
    asked.method === route.method && asked.parameters.every(([one, value]) => one.in !== 'path' || /^[\w.-]{3,}$/.test(value));
  if (type === 'application/problem+json' && init.method !== 'HEAD') {
    const code = problem.parse(JSON.parse(text)).type.replace('/problems/', '');
    const said = route.operation.responses[String(answer.status)]?.description ?? '';
    const framed = ['unknown-route', 'method-not-allowed'].includes(code);
    if (same && !framed) expect([what, code, said]).toEqual([what, code, expect.stringContaining(`\`${code}\``)]);
  } else if (same && answer.status !== 304) {
    expect([what, Object.keys(route.operation.responses)]).toEqual([what, expect.arrayContaining([String(answer.status)])]);
    const schema = answersOf(at.app, route).get(String(answer.status));
    if (schema !== undefined && type?.startsWith('application/json') === true) {
      const body: unknown = JSON.parse(text);
      const parsed = schema.safeParse(body);
      expect([what, parsed.error?.issues]).toEqual([what, undefined]);
      keepIds(body);
    }
  }
  if (asked.authorization === 'good' && answer.status === 401) await freshKey();
  return answer.status;
}

describe('every route of the document', () => {
  test('is mounted, and every mounted route of the API is in the document', () => {
    const mounted = new Set(
      site.app.routes
        .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/v1/'))
        .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`),
    );
    const described = new Set(
      routes.filter(({ path }) => path.startsWith('/v1/')).map(({ method, path }) => `${method} ${path}`),
    );
    expect([...mounted].toSorted()).toEqual([...described].toSorted());
  });
  test('holds whatever it is asked', async () => {
    const perRoute = WHOLE_MS / routes.length;
    const reached = new Map<string, Set<number>>();
    for (const route of routes) {
      const statuses = new Set<number>();
      reached.set(`${route.method} ${route.path}`, statuses);
      for (const asked of fc.sample(rightRequestsOf(route), RIGHT_REQUESTS)) statuses.add(await ask(site, route, asked));
      const until = Date.now() + perRoute;
      const property = fc.asyncProperty(requestsOf(route), fc.boolean(), async (asked, elsewhere) => {
        if (Date.now() > until) return;
        statuses.add(await ask(elsewhere && route.method === 'GET' ? gateway : site, route, asked));
      });
      await fc.assert(property, { numRuns: REQUESTS_A_ROUTE_MAX, endOnFailure: true });
    }
    // The fuzzing means something only where it gets past the parsers: most routes must have answered with what they are for.
    const answered = [...reached].filter(([, statuses]) => [...statuses].some((status) => status < 400));
    expect(
      answered.length / reached.size,
      [...reached]
        .filter(([, s]) => ![...s].some((status) => status < 400))
        .map(([name]) => name)
        .join(', '),
    ).toBeGreaterThan(0.5);
  }, 120_000);
});
