// The routes of badges: pictures for pages and read-mes, and the JSON that shields.io makes its own from.
import { createRoute } from '@hono/zod-openapi';
import { badge } from '../../../schema/api/badges.ts';
import { badgeJsonPath, badgeQuery, badgeSvgPath } from '../../../schema/api/profile-requests.ts';
import { BADGE_SECONDS } from '../../services/profiles/limits.ts';
import { showBadge } from '../../services/profiles/show-badge.ts';
import { badgeSvg } from '../badge-svg.ts';
import { jsonAnswer, problems, rawAnswer } from '../openapi.ts';
import { take } from '../problem.ts';
import type { App } from '../request.ts';

const KEPT = { 'cache-control': `public, max-age=${String(BADGE_SECONDS)}` };

const jsonRoute = createRoute({
  ...{ method: 'get', path: '/v1/badges/nodes/{file}', operationId: 'nodeBadge', tags: ['metrics'] },
  summary: 'A node’s badge for shields.io',
  description: '`file` is the node’s id and `.json`; the form is that of shields.io’s endpoint badges.',
  request: { params: badgeJsonPath, query: badgeQuery },
  responses: { 200: jsonAnswer(badge, 'The badge.'), ...problems('bad-id', 'bad-query', 'not-found') },
});

const svgRoute = createRoute({
  ...{ method: 'get', path: '/badges/nodes/{file}', operationId: 'nodeBadgePicture', tags: ['metrics'] },
  summary: 'A node’s badge as a picture',
  description: '`file` is the node’s id and `.svg`.',
  request: { params: badgeSvgPath, query: badgeQuery },
  responses: { 200: rawAnswer('image/svg+xml', 'The picture.'), ...problems('bad-id', 'bad-query', 'not-found') },
});

export function mountBadges(app: App): void {
  app.openapi(jsonRoute, async (c) => {
    const input = { id: c.req.valid('param').file, ...c.req.valid('query') };
    return c.json(take(await showBadge(c.var.ports, input)), 200, KEPT);
  });
  app.openapi(svgRoute, async (c) => {
    const input = { id: c.req.valid('param').file, ...c.req.valid('query') };
    const svg = badgeSvg(take(await showBadge(c.var.ports, input)));
    return c.body(svg, 200, { 'content-type': 'image/svg+xml; charset=utf-8', ...KEPT });
  });
}
