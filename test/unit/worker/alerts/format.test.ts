// Bodies for chats and pagers: bounded, escaped for the one who reads them, and of one thread where they belong together.
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, type EventItem, type EventType } from '../../../../schema/api/events.ts';
import { bodyOf } from '../../../../workers/services/alerts/format.ts';
import { tell } from '../../../../schema/api/event-words.ts';

const HASH = `0x${'ab'.repeat(32)}`;
const VALIDATOR = `0x${'cd'.repeat(20)}`;
const PAGE = `https://audits.test/nodes/${HASH}`;
const incident = {
  incident: 'inc_1',
  cause: 'timeout',
  sinceMs: 1_790_000_000_000,
  seenBy: [{ validator: VALIDATOR, sinceMs: 1 }],
  page: PAGE,
};
const DATA: Record<EventType, Record<string, unknown>> = {
  ...{
    'node.suspected': incident,
    'node.degraded': incident,
    'node.down': incident,
    'node.recovered': { ...incident, cause: 'none' },
  },
  'audit.correctness_failed': { epoch: 5, validator: VALIDATOR, failures: 2, reasons: ['wrong_result'], page: PAGE },
  'node.score_changed': {
    epoch: 5,
    scorePpm: 800_000,
    previousScorePpm: 950_000,
    tierName: 'silver',
    previousTierName: 'gold',
    page: null,
  },
  'epoch.sealed': { epoch: 5, rootHash: HASH, transactionHash: HASH, page: null },
  'epoch.disputed': { epoch: 5, rootHash: HASH, note: 'Another root follows.', page: null },
  'validator.slashed': { faultKey: HASH, kind: 'two-roots', offender: VALIDATOR, epoch: 5, state: 'queued', page: null },
  'endpoint.test': { endpoint: 'ep_1', message: 'A test.' },
  'endpoint.disabled': { endpoint: 'ep_1', reason: 'its receiver answered 410 Gone.' },
};
const eventOf = (type: EventType, data: Record<string, unknown> = {}): EventItem => ({
  ...{ id: 'evt_1', type, timestamp: '2026-11-22T20:00:00.000Z', node: { index: 7, id: HASH as `0x${string}` }, sequence: 3 },
  data: { ...DATA[type], ...data },
});
const parsed = (event: EventItem, format: 'slack' | 'discord' | 'pagerduty'): Record<string, unknown> =>
  JSON.parse(bodyOf(event, format, 'k'.repeat(32))) as Record<string, unknown>;

describe('every type of event', () => {
  it.each(EVENT_TYPES)('%s has a sentence and a body in each format', (type) => {
    expect(tell(eventOf(type)).text).toMatch(/^[A-Z].+[.]$/);
    expect(JSON.parse(bodyOf(eventOf(type), 'standard', null))).toEqual(eventOf(type));
    expect(parsed(eventOf(type), 'slack')).toMatchObject({
      unfurl_links: false,
      blocks: [{ type: 'section' }, { type: 'context' }],
    });
    expect(parsed(eventOf(type), 'discord')).toMatchObject({ allowed_mentions: { parse: [] } });
    expect(parsed(eventOf(type), 'pagerduty')['event_action']).toMatch(/^(trigger|resolve)$/);
  });
});

describe('what a stranger wrote', () => {
  const note = `<!channel> <@U1> <https://evil.test|click> & @everyone [x](https://evil.test) **bold** \u202e\n${'x'.repeat(5000)}`;
  const event = eventOf('epoch.disputed', { note });

  it('makes no mention and no link in Slack, and is short', () => {
    const text = JSON.stringify(parsed(event, 'slack'));
    for (const never of ['<!', '<@', '<http', '\\n<']) expect(text).not.toContain(never);
    expect(text.length).toBeLessThan(3_500);
  });

  it('makes none in Discord', () => {
    const { content } = parsed(event, 'discord') as { content: string };
    expect(content.length).toBeLessThanOrEqual(2_000);
    expect(content).not.toMatch(/(^|[^\\])[<@[*]/);
    expect(content).not.toMatch(/https:\/\//);
  });

  it('is bounded for PagerDuty, whole characters only', () => {
    const body = parsed(eventOf('epoch.disputed', { note: '😀'.repeat(2_000) }), 'pagerduty') as { payload: { summary: string } };
    expect(body.payload.summary.length).toBeLessThanOrEqual(1_024);
    expect(body.payload.summary.isWellFormed()).toBe(true);
  });
});

describe('PagerDuty', () => {
  it('has one thread an incident, from the first sign to recovery', () => {
    const bodies = (['node.suspected', 'node.down', 'node.recovered'] as const).map((type) => parsed(eventOf(type), 'pagerduty'));
    expect(bodies.map((body) => body['event_action'])).toEqual(['trigger', 'trigger', 'resolve']);
    expect(new Set(bodies.map((body) => body['dedup_key']))).toEqual(new Set(['assay:inc_1']));
    expect(bodies[1]).toMatchObject({
      payload: { severity: 'critical', class: 'node.down', component: 'node 7' },
      routing_key: 'k'.repeat(32),
    });
  });

  it('a sealed epoch resolves its dispute', () => {
    const [disputed, sealed] = (['epoch.disputed', 'epoch.sealed'] as const).map((type) => parsed(eventOf(type), 'pagerduty'));
    expect([disputed?.['dedup_key'], sealed?.['event_action']]).toEqual([sealed?.['dedup_key'], 'resolve']);
  });
});
