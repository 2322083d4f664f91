// The public side of the Worker: read-only routes and pages, one place where errors become answers.
import { PROBLEMS, type ProblemCode } from '../../schema/api/problems.ts';
import type { Env } from '../env.ts';
import type { WebPorts } from '../services/views/ports.ts';
import { mountEverything } from '../web/api/all.ts';
import { boundBody, refuseRepeats } from '../web/bounds.ts';
import { createApp } from '../web/openapi.ts';
import { optionalCaller } from '../web/auth.ts';
import { problemOf, problemResponse } from '../web/problem.ts';
import type { App, WebContext } from '../web/request.ts';
import { security } from '../web/security.ts';
import { sharing, tagged } from '../web/shared.ts';
import { mountAssets } from '../web/pages/assets.ts';
import { problemPage } from '../web/pages/problem.ts';
import { mountApiPages } from '../web/pages/routes-api.ts';
import { mountPages } from '../web/pages/routes.ts';

const NO_ROUTE = 'No route has this path. docs/api.md lists the routes; / is the page to begin with.';

/** Asked by programs: their problems are JSON. */
const isApi = (path: string): boolean => /^\/(?:health|metrics|v1)$|^\/(?:v1|badges)\//.test(path);

function answer(
  c: WebContext,
  code: ProblemCode,
  detail: string,
  headers: Record<string, string> = {},
): Response | Promise<Response> {
  if (isApi(c.req.path)) return problemResponse(c, code, detail, headers);
  return c.html(problemPage(code, detail), PROBLEMS[code].status, { 'cache-control': 'no-store', ...headers });
}

/** Every path that there is answers other methods with 405 instead of 404. */
function refuseOtherMethods(app: App): void {
  const methods = Map.groupBy(
    app.routes.filter(({ method }) => method !== 'ALL'),
    ({ path }) => path,
  );
  for (const [path, routes] of methods) {
    const names = [...new Set(routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))];
    app.all(path, (c) => {
      const detail = `${c.req.method} is not possible here; ask with ${names.join(' or ')}.`;
      return answer(c, 'method-not-allowed', detail, { allow: names.join(', ') });
    });
  }
}

/** An error's name only: its words may hold what the public must not see. */
export function logError(error: unknown): void {
  console.error(`http: ${error instanceof Error ? error.name : 'unknown error'}`);
}

/**
 * The hono app. `compose` gives the ports of one request and may throw a DomainError, which becomes the answer;
 * `report` is told of every error that is not the caller's.
 * @example export default { fetch: httpApp(composeWeb).fetch }
 */
export function httpApp(
  compose: (env: Env) => WebPorts | Promise<WebPorts>,
  report: (error: unknown) => void = () => undefined,
): App {
  const app = createApp();
  app.use(security);
  app.use('/v1/*', sharing);
  app.use(tagged);
  app.use('/v1/*', refuseRepeats, boundBody);
  mountAssets(app);
  app.use(async (c, next) => {
    c.set('ports', await compose(c.env));
    await next();
  });
  app.use('/v1/*', optionalCaller);
  mountEverything(app);
  mountApiPages(app);
  mountPages(app);
  refuseOtherMethods(app);
  app.notFound((c) => answer(c, 'unknown-route', NO_ROUTE));
  app.onError((error, c) => {
    const { code, detail } = problemOf(error);
    if (PROBLEMS[code].status >= 500 && code !== 'not-ready') report(error); // each start is not ready for a moment
    return answer(c, code, detail);
  });
  return app;
}
