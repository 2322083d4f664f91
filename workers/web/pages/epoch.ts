// `/epochs/:n`: one sealed epoch, its roots, its transaction, and how each node did in it.
import { html } from 'hono/html';
import type { EpochDetail, EpochNodeItem, EpochNodeList } from '../../../schema/api/epochs.ts';
import type { WebSettings } from '../../services/views/ports.ts';
import { duration, number, percent, rate } from './format.ts';
import type { Html } from './html.ts';
import { layout } from './layout.ts';
import { tallyCell, time } from './parts.ts';

export type EpochPage = { readonly settings: WebSettings; readonly epoch: EpochDetail; readonly nodes: EpochNodeList };

function state({ state, transactionHash, blockNumber }: EpochDetail): Html {
  if (state === 'sealed') return html`Sealed under one root; the report is on its way to the chain.`;
  const block = blockNumber === null ? '' : html`, block ${number(blockNumber)}`;
  if (transactionHash === null) return html`The report stands on chain${block}.`;
  return html`The report stands on chain, in transaction <span class="hash">${transactionHash}</span>${block}.`;
}

function figures({ tally, due, done }: EpochDetail): Html {
  const verdicts = tally.pass + tally.fail;
  const item = (name: string, value: string): Html =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;
  return html`<dl class="figures">
    ${item('passed', `${number(tally.pass)} · ${percent(tally.pass, verdicts)}`)} ${item('failed', number(tally.fail))}
    ${item('void', number(tally.void))} ${item('done of those due', `${number(done)} of ${number(due)}`)}
  </dl>`;
}

function roots(epoch: EpochDetail): Html {
  const row = (name: string, value: string | null): Html =>
    value === null
      ? html``
      : html`<dt>${name}</dt>
          <dd class="hash">${value}</dd>`;
  return html`<section aria-labelledby="sealed">
    <h2 id="sealed">What was sealed</h2>
    <p>
      Everything to replay the epoch is in its <a href="${epoch.links.archive}">archive</a>: the seed that drew the audits, the
      public randomness, and every record. <a href="/v1/epochs/${epoch.epoch}">The same as JSON</a>, with the signed report.
    </p>
    <dl class="facts">
      ${row('Audit root', epoch.auditRoot)} ${row('Summary root', epoch.summaryRoot)} ${row('Archive', epoch.archiveHash)}
      ${row('Report', epoch.reportHash)} ${row('Seed', epoch.report?.seed ?? null)}
      ${row('Beacon round', String(epoch.beacon.round))}
    </dl>
  </section>`;
}

function nodeRow(row: EpochNodeItem): Html {
  const name = `Node ${number(row.nodeIndex)}`;
  return html`<tr>
    <th scope="row">${row.nodeId === null ? name : html`<a href="/nodes/${row.nodeId}">${name}</a>`}</th>
    <td data-label="Audits"><div>${tallyCell(row.tally)}</div></td>
    <td data-label="Proven rate" class="num">${row.medianMeasure === 0 ? '–' : html`≥ ${rate(row.medianMeasure)}`}</td>
    <td data-label="Answered in" class="num">${row.medianElapsedMs === 0 ? '–' : duration(row.medianElapsedMs)}</td>
  </tr>`;
}

function nodes({ epoch, nodes: list }: EpochPage): Html {
  const more =
    list.next === null
      ? ''
      : html`<p class="more"><a href="/epochs/${epoch.epoch}?cursor=${list.next}#nodes" rel="next">More nodes</a></p>`;
  return html`<section aria-labelledby="nodes">
    <h2 id="nodes">Nodes in this epoch</h2>
    <p class="quiet">Rate and time are medians over passed audits.</p>
    ${
      list.items.length === 0
        ? html`<p class="note">No audit was due in this epoch.</p>`
        : html`<table>
            <thead>
              <tr>
                <th scope="col">Node</th>
                <th scope="col">Audits</th>
                <th scope="col" class="num">Proven rate</th>
                <th scope="col" class="num">Answered in</th>
              </tr>
            </thead>
            <tbody>
              ${list.items.map(nodeRow)}
            </tbody>
          </table>`
    }
    ${more}
  </section>`;
}

export function epochPage(page: EpochPage): Html {
  const { epoch } = page;
  const body = html`<p class="crumb"><a href="/#epochs">Epochs</a></p>
    <h1>Epoch ${number(epoch.epoch)}</h1>
    <p class="lead">${state(epoch)}</p>
    <p class="quiet">${time(epoch.startsAtMs)} to ${time(epoch.endsAtMs)}</p>
    <p><a href="/consensus/${epoch.epoch}">What all validators agreed on for this epoch</a></p>
    ${figures(epoch)} ${nodes(page)} ${roots(epoch)}`;
  const about = `Audits of epoch ${epoch.epoch}, sealed under one Merkle root.`;
  return layout({ title: `Epoch ${number(epoch.epoch)} · Assay`, about, body, settings: page.settings, room: 'epochs' });
}
