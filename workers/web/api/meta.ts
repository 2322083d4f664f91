// The API about itself: its document, and what each problem means.
import { createRoute, z } from '@hono/zod-openapi';
import { PROBLEM_HELP, problemHelp } from '../../../schema/api/problem-help.ts';
import { PROBLEMS, problemCode } from '../../../schema/api/problems.ts';
import { noQuery } from '../../../schema/api/requests.ts';
import { documentOf, type ApiDocument } from '../document.ts';
import { jsonAnswer, problems } from '../openapi.ts';
import type { App, WebContext } from '../request.ts';

/** New with a deployment only; five minutes, so that nobody writes a client against yesterday's. */
const DOCUMENT_CACHING = 'public, max-age=300';

const readDocument = createRoute({
  method: 'get',
  path: '/v1/openapi.json',
  operationId: 'readDocument',
  tags: ['meta'],
  summary: 'This document',
  request: { query: noQuery },
  responses: {
    200: jsonAnswer(z.looseObject({ openapi: z.string() }), 'OpenAPI 3.1, made from the schemas that validate requests.'),
    ...problems('bad-query'),
  },
});

const explainProblem = createRoute({
  method: 'get',
  path: '/v1/problems/{code}',
  operationId: 'explainProblem',
  tags: ['meta'],
  summary: 'What a problem’s code means, and how to mend it',
  request: { params: z.object({ code: problemCode }), query: noQuery },
  responses: { 200: jsonAnswer(problemHelp, 'The same as the page at `/problems/<code>`.'), ...problems('bad-id', 'bad-query') },
});

/** Where readers reach this Worker: as its operator says, else as they asked. */
export const baseUrl = (c: WebContext): string => c.var.ports.settings.publicUrl ?? new URL(c.req.url).origin;

/** The document, made once: at the first request, when every route is mounted. */
export function documentMaker(app: App): (c: WebContext) => ApiDocument {
  let made: ApiDocument | undefined;
  return (c) => {
    made ??= documentOf(app, c.var.ports.settings.version);
    return { ...made, servers: [{ url: baseUrl(c) }] };
  };
}

export function mountMeta(app: App): void {
  const document = documentMaker(app);
  app.openapi(readDocument, (c) => c.json(document(c), 200, { 'cache-control': DOCUMENT_CACHING }));
  app.openapi(explainProblem, (c) => {
    const { code } = c.req.valid('param');
    return c.json({ code, ...PROBLEMS[code], ...PROBLEM_HELP[code] }, 200, { 'cache-control': DOCUMENT_CACHING });
  });
}
