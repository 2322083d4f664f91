// How a route of the API is described and guarded: one definition both validates the request and writes the document at /v1/openapi.json.
// Every route says its operationId, summary, tag, query (`noQuery` where it takes none: unknown parameters are refused), answers and
// problems; whatever does not parse is a ProblemError whose code says which part of the request was wrong.
import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { z } from 'zod';
import { PROBLEMS, problem, type ProblemCode } from '../../schema/api/problems.ts';
import { ProblemError } from './problem.ts';
import type { App, WebEnv } from './request.ts';

type Responses = RouteConfig['responses'];
type ResponseConfig = Exclude<Responses[string], { $ref: string }>;

/** Groups of routes, in the order in which the reference shows them. */
export const TAGS = {
  nodes: 'Nodes: whom to trust, and why.',
  network: 'The network, its policy and whether the service answers.',
  audits: 'Audits that a validator made, with what proves them; audits on demand.',
  epochs: 'A validator’s own epochs, as it reported them.',
  consensus: 'What all validators agreed on: roots, scores, proofs, faults.',
  validators: 'Who audits, with which stake, and what came of it.',
  incidents: 'Failures of nodes, from the first sign to recovery.',
  webhooks: 'Endpoints that are told of events.',
  accounts: 'Tenants and their keys.',
  metrics: 'Numbers for machines, and badges.',
  peers: 'What validators read from one another.',
  meta: 'The API about itself.',
} as const;

/** `security: KEY` on routes that need a key; the scope is checked by `requireScope` of ./auth.ts. */
export const KEY = [{ key: [] as string[] }];

const OF_TARGET: Readonly<Record<string, ProblemCode>> = {
  param: 'bad-id',
  query: 'bad-query',
  header: 'bad-header',
  json: 'bad-body',
};

/** What the caller is told of a request that does not parse: the first issue, by the name of its field. */
function refusal(target: string, error: z.core.$ZodError): ProblemError {
  const issue = error.issues[0];
  const name = issue?.path.join('.') ?? '';
  const code = target === 'query' && name === 'cursor' ? 'bad-cursor' : (OF_TARGET[target] ?? 'bad-query');
  return new ProblemError(code, `${name === '' ? target : name}: ${issue?.message ?? 'malformed'}.`);
}

/** An app whose routes are described: mount them with `app.openapi(createRoute({…}), handler)`. */
export function createApp(): App {
  const app: App = new OpenAPIHono<WebEnv>({
    defaultHook: (result: { target: string; success: boolean; error?: z.core.$ZodError }) => {
      if (!result.success && result.error !== undefined) throw refusal(result.target, result.error);
    },
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'A key of the hosted API: `Authorization: Bearer assay_…`.',
  });
  return app;
}

/** What any route may answer besides its own problems. */
export const ALWAYS = ['internal', 'not-ready', 'unavailable', 'misconfigured'] as const satisfies readonly ProblemCode[];

/**
 * The `responses` entries of these problems, and of those that any route may give: one a status, with the codes that share it.
 * @example responses: { 200: jsonAnswer(nodeDetail, 'The node.'), ...problems('bad-id', 'not-found') }
 */
export function problems(...codes: readonly ProblemCode[]): object {
  const all = [...new Set([...codes, ...ALWAYS])];
  const entries = Map.groupBy(all, (code) => PROBLEMS[code].status);
  return Object.fromEntries([...entries].map(([status, shared]) => [status, problemAnswer(shared)]));
}

/** What a document says of a problem. */
export const problemText = (code: ProblemCode): string => `\`${code}\`: ${PROBLEMS[code].title}.`;

function problemAnswer(codes: readonly ProblemCode[]): ResponseConfig {
  return { description: codes.map(problemText).join(' '), content: { 'application/problem+json': { schema: problem } } };
}

/** An answer in JSON of this form. Handlers answer with `json(c, value)` of ./json.ts or `c.json(value, status, headers)`. */
export function jsonAnswer(schema: z.ZodType, description: string, example?: unknown): ResponseConfig {
  const media = example === undefined ? { schema } : { schema, example };
  return { description, content: { 'application/json': media } };
}

/** An answer that is not JSON of ours: bytes, text, pictures, event streams. */
export function rawAnswer(type: string, description: string): ResponseConfig {
  const binary = type === 'application/octet-stream';
  const schema = binary ? { type: 'string' as const, format: 'binary' } : { type: 'string' as const };
  return { description, content: { [type]: { schema } } };
}

/** `request: { body: jsonBody(schema) }`; the handler has it from `c.req.valid('json')`. */
export function jsonBody<T extends z.ZodType>(
  schema: T,
): { readonly required: true; readonly content: { readonly 'application/json': { readonly schema: T } } } {
  return { required: true, content: { 'application/json': { schema } } };
}
