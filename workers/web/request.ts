// From texts to values, once: path parts and query parameters through their schemas. What doesn't parse is a problem that
// names the parameter.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { z } from 'zod';
import type { Env } from '../env.ts';
import type { Caller } from '../services/accounts/ports.ts';
import type { WebPorts } from '../services/views/ports.ts';
import { ProblemError } from './problem.ts';

export type WebEnv = { Bindings: Env; Variables: { ports: WebPorts; caller?: Caller; connectTo?: readonly string[] } };
/** Routes are mounted on it: with `openapi` where the API describes them, with `get` where it does not (pages, bytes). */
export type App = OpenAPIHono<WebEnv>;
export type WebContext = Context<WebEnv>;

/** @throws ProblemError bad-id */
export function pathValue<T extends z.ZodType>(c: WebContext, name: string, schema: T): z.output<T> {
  const result = schema.safeParse(c.req.param(name) ?? '');
  if (result.success) return result.data;
  throw new ProblemError('bad-id', `${name}: ${result.error.issues[0]?.message ?? 'malformed'}.`);
}

/** @throws ProblemError bad-cursor | bad-query; a parameter given twice is malformed, an unknown one too if the schema is strict */
export function queryValue<T extends z.ZodType>(c: WebContext, schema: T): z.output<T> {
  const given = [...new URL(c.req.url).searchParams];
  const names = given.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new ProblemError('bad-query', `${twice}: given more than once.`);
  const result = schema.safeParse(Object.fromEntries(given));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const name = issue?.path.join('.') ?? '';
  const detail = `${name === '' ? 'query' : name}: ${issue?.message ?? 'malformed'}.`;
  throw new ProblemError(name === 'cursor' ? 'bad-cursor' : 'bad-query', detail);
}
