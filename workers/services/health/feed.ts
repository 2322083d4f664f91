// Incidents as an Atom feed (RFC 4287): one entry an incident, of revealed epochs only. Everything that comes from outside is escaped, and an
// incident's entry is updated when it ends.
import type { IncidentItem } from '../../../schema/api/incidents.ts';
import { escapeXml } from '../xml.ts';

const iso = (timeMs: number): string => new Date(timeMs).toISOString();
const TITLES = { suspected: 'could not be reached', degraded: 'fails now and then', down: 'was down' } as const;

/** When something was last added to it. */
const updatedMs = ({ events, openedAtMs }: IncidentItem): number => Math.max(openedAtMs, ...events.map(({ atMs }) => atMs));

function summary(incident: IncidentItem): string {
  const { severity, cause, openedAtMs, confirmedAtMs, recoveredAtMs, seenBy } = incident;
  const worst = `Worst state: ${severity} (${cause}). Since ${iso(openedAtMs)}.`;
  const confirmed =
    confirmedAtMs === null ? 'No second validator agreed.' : `A second validator agreed at ${iso(confirmedAtMs)}.`;
  const ended = recoveredAtMs === null ? 'It had not ended.' : `It ended at ${iso(recoveredAtMs)}.`;
  return `${worst} ${confirmed} ${ended} Seen by ${seenBy.map(({ validator }) => validator).join(', ') || 'nobody else'}.`;
}

function entry(incident: IncidentItem, site: string): string {
  const { id, node, severity, openedAtMs } = incident;
  return `<entry>
<id>${escapeXml(`${site}/v1/incidents/${id}`)}</id>
<title>${escapeXml(`Node ${String(node.index)} ${TITLES[severity]}`)}</title>
<published>${iso(openedAtMs)}</published>
<updated>${iso(updatedMs(incident))}</updated>
<link rel="alternate" type="text/html" href="${escapeXml(`${site}/nodes/${node.id}`)}"/>
<summary>${escapeXml(summary(incident))}</summary>
</entry>`;
}

/** @param site where this Worker is reached, without a slash; @param path the feed's own */
export function incidentsFeed(
  incidents: readonly IncidentItem[],
  {
    site,
    path,
    title,
    startMs,
  }: { readonly site: string; readonly path: string; readonly title: string; readonly startMs: number },
): string {
  const updated = iso(Math.max(startMs, ...incidents.map(updatedMs)));
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>${escapeXml(site + path)}</id>
<title>${escapeXml(title)}</title>
<updated>${updated}</updated>
<author><name>Assay</name></author>
<link rel="self" type="application/atom+xml" href="${escapeXml(site + path)}"/>
${incidents.map((incident) => entry(incident, site)).join('\n')}
</feed>
`;
}
