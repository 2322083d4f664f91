// No path, query or method makes the service fail: whatever is asked, the answer is a page, data, or a problem below 500.
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { problem } from '../../../schema/api/problems.ts';
import { addEpoch, addNodes, nodeIdOf } from '../support/ledger-rows.ts';
import { freshDatabase, revealMs, siteAt } from '../support/web-env.ts';

const site = siteAt(revealMs(2));

beforeAll(async () => {
  await freshDatabase();
  await addNodes([{ index: 0 }, { index: 1 }]);
  for (const epoch of [0, 1, 2]) await addEpoch({ epoch, nodes: [0, 1], slots: 2 });
}, 60_000);

const integerText = fc.oneof(
  fc.nat().map(String),
  fc.bigInt().map(String),
  fc.constantFrom('0', '-0', '1e9', '00', '9007199254740993', '0x1', 'NaN'),
);
const hexText = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...Array.from({ length: 16 }, (_, digit) => digit.toString(16))), minLength, maxLength });
const hashText = fc.oneof(
  fc.constantFrom(nodeIdOf(0), nodeIdOf(1)),
  hexText(60, 68),
  hexText(64, 64).map((hex) => `0x${hex}`),
);
const auditText = fc.tuple(integerText, integerText, integerText).map((parts) => parts.join('-'));
const any = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => encodeURIComponent(text.toWellFormed()));
const rawText = fc.string({ unit: 'grapheme-ascii', maxLength: 40 }).map((text) => text.replace(/[#\s\\]/g, ''));
const part = fc.oneof(integerText, hashText, auditText, any, rawText);
const path = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('/v1/nodes/', '/v1/audits/', '/v1/epochs/', '/v1/objects/', '/nodes/', '/epochs/', '/', '/assets/'),
      part,
      fc.constantFrom('', '/', '/audits', '/transcript', '/archive', '/nodes'),
    )
    .map((parts) => parts.join('')),
  fc.constantFrom(
    '/',
    '/health',
    '/v1/network',
    '/v1/policy',
    '/v1/nodes',
    '/v1/epochs',
    `/v1/nodes/${nodeIdOf(0)}/audits`,
    `/nodes/${nodeIdOf(0)}`,
    '/epochs/1',
  ),
);
const cursor = fc.oneof(
  part,
  fc
    .tuple(fc.constantFrom('n', 'e', 'a', 's'), fc.array(integerText, { maxLength: 4 }))
    .map(([letter, numbers]) => btoa([letter, ...numbers].join('.')).replaceAll('=', '')),
);
const pair = fc.tuple(
  fc.constantFrom('limit', 'cursor', 'class', 'outcome', 'reason', '__proto__', 'constructor', '', 'x'),
  fc.oneof(cursor, integerText, fc.constantFrom('pass', 'fail', 'timeout', '%', '%E0%A4%A')),
);
const query = fc
  .array(pair, { maxLength: 3 })
  .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map(([key, value]) => `${key}=${value}`).join('&')}`));
const method = fc.oneof(
  { weight: 8, arbitrary: fc.constant('GET') },
  fc.constantFrom('HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'),
);

test('nothing asked makes it fail', async () => {
  await fc.assert(
    fc.asyncProperty(path, query, method, async (path, query, method) => {
      const answer = await site.get(`${path}${query}`, { method });
      const body = await answer.text();
      expect(site.faults).toEqual([]);
      expect(answer.status).toBeLessThan(500);
      if (answer.status >= 400 && path.startsWith('/v1/') && method !== 'HEAD')
        expect(problem.parse(JSON.parse(body)).status).toBe(answer.status);
    }),
    { numRuns: 1000 },
  );
}, 60_000);
