// No path, query or method makes the service fail: whatever is asked, the answer is a page, data, or a problem below 500.
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { problem } from '../../../schema/api/problems.ts';
import { addEpoch, addNodes, nodeIdOf } from '../support/ledger-rows.ts';
import { addNetworkEpoch, operatorOf } from '../support/network-rows.ts';
import { freshDatabase, gatewayPorts, revealMs, siteAt } from '../support/web-env.ts';

const site = siteAt(revealMs(2));

beforeAll(async () => {
  await freshDatabase();
  await addNodes([{ index: 0 }, { index: 1 }]);
  for (const epoch of [0, 1, 2]) await addEpoch({ epoch, nodes: [0, 1], slots: 2 });
  for (const epoch of [1, 2]) await addNetworkEpoch({ epoch, nodes: [0, 1], root: epoch === 1 ? 'final' : 'disputed' });
}, 60_000);

const integerText = fc.oneof(
  fc.nat().map(String),
  fc.bigInt().map(String),
  fc.constantFrom('0', '-0', '1e9', '00', '9007199254740993', '0x1', 'NaN'),
);
const hexText = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...Array.from({ length: 16 }, (_, digit) => digit.toString(16))), minLength, maxLength });
const hashText = fc.oneof(
  fc.constantFrom(nodeIdOf(0), nodeIdOf(1), operatorOf(0)),
  hexText(40, 40).map((hex) => `0x${hex}`),
  hexText(60, 68),
  hexText(64, 64).map((hex) => `0x${hex}`),
);
const auditText = fc.tuple(integerText, integerText, integerText).map((parts) => parts.join('-'));
const any = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => encodeURIComponent(text.toWellFormed()));
const rawText = fc.string({ unit: 'grapheme-ascii', maxLength: 40 }).map((text) => text.replace(/[#\s\\]/g, ''));
const part = fc.oneof(integerText, hashText, auditText, any, rawText);
const networkPrefixes = [
  ...['/v1/consensus/', '/v1/consensus/1/scores/', '/v1/consensus/1/validators/', '/v1/consensus/1/rewards/'],
  ...['/v1/consensus/1/penalties/', '/v1/report-sets/', '/v1/validators/', '/v1/faults/', '/v1/policies/', '/consensus/'],
  ...['/validators/', `/v1/validators/${operatorOf(0)}/epochs/`],
];
const path = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        ...['/v1/nodes/', '/v1/audits/', '/v1/epochs/', '/v1/objects/', '/nodes/', '/epochs/', '/', '/assets/'],
        ...networkPrefixes,
      ),
      part,
      fc.constantFrom(
        '',
        '/',
        '/audits',
        '/transcript',
        '/archive',
        '/nodes',
        '/report',
        '/statements',
        '/objections',
        '/leaves',
        '/scores',
      ),
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
    '/network',
    '/consensus/1',
    '/v1/consensus',
    '/v1/consensus/1/leaves',
    '/v1/consensus/1/scores',
    '/v1/validators',
    '/v1/faults',
    `/validators/${operatorOf(1)}`,
  ),
);
const cursor = fc.oneof(
  part,
  fc
    .tuple(fc.constantFrom('n', 'e', 'a', 's', 'r', 'f'), fc.array(integerText, { maxLength: 4 }))
    .map(([letter, numbers]) => btoa([letter, ...numbers].join('.')).replaceAll('=', '')),
);
const pair = fc.tuple(
  fc.constantFrom('limit', 'cursor', 'class', 'outcome', 'reason', 'order', 'root', '__proto__', 'constructor', '', 'x'),
  fc.oneof(cursor, integerText, fc.constantFrom('pass', 'fail', 'timeout', 'rank', 'index', '%', '%E0%A4%A')),
);
const query = fc
  .array(pair, { maxLength: 3 })
  .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map(([key, value]) => `${key}=${value}`).join('&')}`));
const method = fc.oneof(
  { weight: 8, arbitrary: fc.constant('GET') },
  fc.constantFrom('HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'),
);

test.each([
  ['a validator', site, 600],
  ['a gateway', siteAt(revealMs(2), gatewayPorts(revealMs(2))), 300],
])(
  'nothing asked of %s makes it fail',
  async (_, site, numRuns) => {
    await fc.assert(
      fc.asyncProperty(path, query, method, async (path, query, method) => {
        const answer = await site.get(`${path}${query}`, { method });
        const body = await answer.text();
        expect(site.faults).toEqual([]);
        expect(answer.status).toBeLessThan(500);
        if (answer.status >= 400 && path.startsWith('/v1/') && method !== 'HEAD')
          expect(problem.parse(JSON.parse(body)).status).toBe(answer.status);
      }),
      { numRuns },
    );
  },
  120_000,
);
