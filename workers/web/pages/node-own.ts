// A validator's own audits of a node: what they came to, why they failed, presence by its own questions, and each audit with its evidence.
import { html } from 'hono/html';
import { KIND_GEMM, KIND_VRAM } from '../../../protocol/challenge.ts';
import type { AuditItem, AuditList } from '../../../schema/api/audits.ts';
import type { NodeDetail } from '../../../schema/api/nodes.ts';
import { epochBars, legend } from './bars.ts';
import { bandwidth, bytes, duration, number, percent, plural, rate } from './format.ts';
import type { Html } from './html.ts';
import { figure, ownResults, reasonTable, reasonTitle, standingWords, time } from './parts.ts';
import { presenceSection } from './presence.ts';

export type OwnPart = { readonly node: NodeDetail; readonly audits: AuditList; readonly chartEpochs: number };

function ownVerdict(node: NodeDetail): Html {
  const { totals, standing } = ownResults(node);
  const verdicts = totals.pass + totals.fail;
  const counted =
    node.window === null
      ? 'Nothing is public yet.'
      : `Counted over epochs ${number(node.window.fromEpoch)} to ${number(node.window.throughEpoch)}.`;
  const grade = standing.enough
    ? html`With 95 % confidence it ${standingWords(standing)} of audits.`
    : html`${standingWords(standing)}.`;
  return html`<p>${grade}</p>
    <dl class="figures">
      ${figure('audits with a verdict', number(verdicts))}
      ${figure('passed', `${number(totals.pass)} · ${percent(totals.pass, verdicts)}`)} ${figure('failed', number(totals.fail))}
      ${figure('void', number(totals.void))}
    </dl>
    <p class="quiet">${counted}</p>`;
}

/** What kind of challenge it was, and from where. */
function kindWords({ kind, region }: AuditItem): string {
  if (kind === KIND_GEMM) return 'multiplication';
  if (kind === KIND_VRAM) return 'memory';
  return region === null ? 'presence' : `presence, from ${region}`;
}

/** The proven lower bound, and beside it what the class asks for where that was not reached. */
function proven({ kind, reason, measure, floor, memoryBytes }: AuditItem): Html | string {
  if (measure === 0) return '–';
  const told = kind === KIND_VRAM ? bandwidth : rate;
  const asked = reason === 'below_claim' && floor !== null ? html`<small>its class asks for ${told(floor)}</small>` : '';
  const filled = memoryBytes === null ? '' : html`<small>of ≥ ${bytes(memoryBytes)}</small>`;
  return html`<span>≥ ${told(measure)}${filled}${asked}</span>`;
}

function auditRow(audit: AuditItem): Html {
  const { id, outcome, reason, startedAtMs, elapsedMs } = audit;
  const tone = outcome === 'pass' ? 'holds' : outcome === 'fail' ? 'fails' : 'quiet';
  const transcript = /^0x0{64}$/.test(audit.transcriptHash) ? '' : html` · <a href="/v1/audits/${id}/transcript">transcript</a>`;
  return html`<tr>
    <th scope="row">
      <span class="${tone}">${reasonTitle(reason)}</span
      ><small>${kindWords(audit)}, ${startedAtMs === 0 ? 'no challenge sent' : time(startedAtMs)}</small>
    </th>
    <td data-label="Answered in" class="num">${elapsedMs === 0 ? '–' : duration(elapsedMs)}</td>
    <td data-label="Proven" class="num">${proven(audit)}</td>
    <td data-label="Epoch" class="num"><a href="/epochs/${audit.epoch}">${number(audit.epoch)}</a></td>
    <td data-label="Evidence">
      <span><a href="/v1/audits/${id}">record and proof</a>${transcript}</span>
    </td>
  </tr>`;
}

function history({ node, audits }: OwnPart): Html {
  const more =
    audits.next === null
      ? ''
      : html`<p class="more"><a href="/nodes/${node.id}?cursor=${audits.next}#audits" rel="next">Older audits</a></p>`;
  if (audits.items.length === 0) return html`<p class="note">No public audit of this node.</p>`;
  return html`<table>
      <thead>
        <tr>
          <th scope="col">Result</th>
          <th scope="col" class="num">Answered in</th>
          <th scope="col" class="num">Proven</th>
          <th scope="col" class="num">Epoch</th>
          <th scope="col">Evidence</th>
        </tr>
      </thead>
      <tbody>
        ${audits.items.map(auditRow)}
      </tbody>
    </table>
    ${more}`;
}

function chart({ node, chartEpochs }: OwnPart): Html {
  const shown = node.epochs.slice(0, chartEpochs).toReversed();
  if (shown.length === 0) return html``;
  return html`<figure>
    ${epochBars(shown, chartEpochs)}
    <figcaption><span>The last ${plural(shown.length, 'epoch')} with an audit of it.</span>${legend}</figcaption>
  </figure>`;
}

/** Everything of this validator's own; the part's anchors are `own`, `why`, `presence` and `audits`. */
export function ownSections(part: OwnPart): Html {
  const { node } = part;
  return html`<section aria-labelledby="own">
      <h2 id="own">In this validator’s own audits</h2>
      ${ownVerdict(node)} ${chart(part)}
    </section>
    <section aria-labelledby="why">
      <h2 id="why">Why audits failed</h2>
      ${reasonTable(node.failures)}
    </section>
    ${presenceSection(node)}
    <section aria-labelledby="audits">
      <h2 id="audits">Audits</h2>
      <p class="quiet">
        Newest first. What is proven is a lower bound: the node did at least so much work, or read at least so much of its memory,
        in the time it took.
      </p>
      ${history(part)}
    </section>`;
}
