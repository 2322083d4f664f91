// Bulk exports of whole epochs as lines of JSON.
import { createRoute } from '@hono/zod-openapi';
import { epochPath, noQuery } from '../../../schema/api/requests.ts';
import { exportConsensus, exportEpoch } from '../../services/views/export-epoch.ts';
import { liveCaching, POSTED_CACHING } from '../caching.ts';
import { ndjson } from '../ndjson.ts';
import { problems, rawAnswer } from '../openapi.ts';
import { take } from '../problem.ts';
import type { App } from '../request.ts';

const TYPE = 'application/x-ndjson';

const exportConsensusRoute = createRoute({
  method: 'get',
  path: '/v1/consensus/{epoch}/export',
  operationId: 'exportConsensus',
  tags: ['consensus'],
  summary: 'All scores under a final root, a line each',
  request: { params: epochPath, query: noQuery },
  responses: {
    200: rawAnswer(
      TYPE,
      'A `header` with the root’s hash and counts, then a line of type `node` for each node and one of type `validator` for each validator.',
    ),
    ...problems('bad-id', 'bad-query', 'not-found', 'not-revealed'),
  },
});

const exportEpochRoute = createRoute({
  method: 'get',
  path: '/v1/epochs/{epoch}/export',
  operationId: 'exportEpoch',
  tags: ['epochs'],
  summary: 'All audits of an own epoch, a line each',
  request: { params: epochPath, query: noQuery },
  responses: {
    200: rawAnswer(TYPE, 'A `header` with the audit root and counts, then a line of type `audit` for each record, as hashed.'),
    ...problems('bad-id', 'bad-query', 'not-found', 'not-revealed'),
  },
});

export function mountExports(app: App): void {
  app.openapi(exportConsensusRoute, async (c) => {
    const { header, hash, batches } = take(await exportConsensus(c.var.ports, c.req.valid('param')));
    // Weak: the lines follow from the root, their spelling does not.
    const headers = { 'content-type': TYPE, 'cache-control': POSTED_CACHING, etag: `W/"${hash}"` };
    return c.body(ndjson(header, batches), 200, headers);
  });
  app.openapi(exportEpochRoute, async (c) => {
    const { header, hash, batches } = take(await exportEpoch(c.var.ports, c.req.valid('param')));
    const posted = header.state === 'posted';
    const caching = posted ? POSTED_CACHING : liveCaching(c.var.ports.settings.clock);
    return c.body(ndjson(header, batches), 200, {
      ...{ 'content-type': TYPE, 'cache-control': caching },
      etag: `W/"${hash}-${header.state}"`,
    });
  });
}
