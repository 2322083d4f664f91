// The body of a delivery in the form of whoever reads it. Texts are bounded and escaped for that form, so that no value can mention
// people, make links or break out of its place.
import type { EventItem } from '../../../schema/api/events.ts';
import type { WebhookFormat } from '../../../schema/api/webhooks.ts';
import { DISCORD_CHARS_MAX, PAGERDUTY_CHARS_MAX, SLACK_CHARS_MAX } from './limits.ts';
import { tell, type Severity } from '../../../schema/api/event-words.ts';

export const PAGERDUTY_URL = 'https://events.pagerduty.com/v2/enqueue';
const PAGERDUTY_KEY_CHARS_MAX = 255;

/** Half a surrogate pair is no text. */
const cut = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;

const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');

/** Slack's three control characters; mentions and links are written with them only. */
const forSlack = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Discord's Markdown, links and mentions. */
const forDiscord = (text: string): string => text.replace(/[\\*_~`|>#[\]()<@:-]/g, '\\$&');

const MARKS: Readonly<Record<Severity, string>> = { critical: '🔴', error: '🟠', warning: '🟡', info: '🟢' };

function slack(event: EventItem): object {
  const { text, severity, page } = tell(event);
  const line = `${MARKS[severity]} ${forSlack(cut(oneLine(text), SLACK_CHARS_MAX / 6))}`;
  const link = page === null ? '' : `\n<${forSlack(encodeURI(page)).replaceAll('|', '%7C')}|Details>`;
  const blocks = [
    { type: 'section', text: { type: 'mrkdwn', text: `${line}${link}` } },
    { type: 'context', elements: [{ type: 'plain_text', text: `${event.type} · ${event.timestamp} · ${event.id}` }] },
  ];
  return { text: line, blocks, unfurl_links: false };
}

function discord(event: EventItem): object {
  const { text, severity, page } = tell(event);
  const line = `${MARKS[severity]} ${forDiscord(cut(oneLine(text), DISCORD_CHARS_MAX / 3))}`;
  // In angle brackets an address is a link without a preview.
  const link = page === null ? '' : `\n<${encodeURI(page).replaceAll('>', '%3E')}>`;
  return { content: `${line}${link}`.slice(0, DISCORD_CHARS_MAX), allowed_mentions: { parse: [] } };
}

/** Events API v2: what belongs together has one key, and what ends a thread resolves it. */
function pagerduty(event: EventItem, routingKey: string): object {
  const { text, severity, thread, closes, page } = tell(event);
  const dedup = { routing_key: routingKey, dedup_key: cut(`assay:${thread}`, PAGERDUTY_KEY_CHARS_MAX) };
  if (closes) return { ...dedup, event_action: 'resolve' };
  const node = event.node === null ? 'network' : `node ${String(event.node.index)}`;
  const payload = {
    ...{ summary: cut(oneLine(text), PAGERDUTY_CHARS_MAX), source: 'assay', severity, timestamp: event.timestamp },
    ...{ component: node, class: event.type, custom_details: event },
  };
  const links = page === null ? {} : { links: [{ href: page, text: 'Details' }] };
  return { ...dedup, event_action: 'trigger', client: 'Assay', payload, ...links };
}

/** What is sent; the standard format is the event itself. */
export function bodyOf(event: EventItem, format: WebhookFormat, routingKey: string | null): string {
  if (format === 'slack') return JSON.stringify(slack(event));
  if (format === 'discord') return JSON.stringify(discord(event));
  if (format === 'pagerduty') return JSON.stringify(pagerduty(event, routingKey ?? ''));
  return JSON.stringify(event);
}
