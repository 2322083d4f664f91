// `/` of a validator: what this is, which nodes pass in its own audits, who fails and why, and where it stands on chain.
import { html } from 'hono/html';
import type { EpochItem, EpochList } from '../../../schema/api/epochs.ts';
import type { Network } from '../../../schema/api/network.ts';
import type { NodeItem, NodeList } from '../../../schema/api/nodes.ts';
import type { WebSettings } from '../../services/views/ports.ts';
import { epochBars, legend } from './bars.ts';
import { number, percent, plural, short } from './format.ts';
import type { Html } from './html.ts';
import { layout } from './layout.ts';
import { limitsSection } from './limits.ts';
import { ownResults, reasonTable, reasonTitle, standingWords, STATUS_WORDS, tallyCell, time } from './parts.ts';

export const EPOCH_ROWS = 8;

export type OwnPage = {
  readonly settings: WebSettings;
  readonly network: Network;
  readonly nodes: NodeList;
  readonly epochs: EpochList;
  readonly chartEpochs: number;
  readonly gpuClass: string | undefined;
};

function figures({ recent, nodeCount, lastPosted }: Network): Html {
  const verdicts = recent.tally.pass + recent.tally.fail;
  const posted =
    lastPosted === null ? 'none yet' : html`<a href="/epochs/${lastPosted.epoch}">epoch ${number(lastPosted.epoch)}</a>`;
  const item = (name: string, value: Html | string): Html =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;
  return html`<dl class="figures">
    ${item('nodes registered', number(nodeCount))} ${item('audits with a verdict', number(verdicts))}
    ${item('of them passed', percent(recent.tally.pass, verdicts))} ${item('newest report on chain', posted)}
  </dl>`;
}

function chart({ recent: { window } }: Network, epochs: readonly EpochItem[], slots: number): Html {
  if (window === null || epochs.length === 0) {
    return html`<p class="note">
      Nothing is public yet. Results appear once an epoch has ended, been sealed under one root, and its reveal time has passed.
    </p>`;
  }
  const shown = epochs.slice(0, slots).toReversed();
  return html`<figure>
    ${epochBars(shown, slots)}
    <figcaption>
      <span
        >The last ${plural(shown.length, 'epoch')}. Numbers above: epochs ${number(window.fromEpoch)} to
        ${number(window.throughEpoch)}.</span
      >
      ${legend}
    </figcaption>
  </figure>`;
}

function lastCell({ lastAudit }: NodeItem): Html | string {
  if (lastAudit === null) return '–';
  const { id, outcome, reason, startedAtMs } = lastAudit;
  const word = outcome === 'pass' ? 'passed' : outcome === 'fail' ? reasonTitle(reason) : 'void';
  const when = startedAtMs === 0 ? '' : html`<small>${time(startedAtMs)}</small>`;
  return html`<a href="/v1/audits/${id}">${word}</a>${when}`;
}

function nodeRow(node: NodeItem): Html {
  const { totals, standing } = ownResults(node);
  const judged = node.status === 'audited' ? standingWords(standing) : STATUS_WORDS[node.status];
  const why = node.failures.map(({ reason, count }) => `${reasonTitle(reason)} ${number(count)}`).join(', ');
  return html`<tr>
    <th scope="row">
      <a href="/nodes/${node.id}">Node ${number(node.index)}</a><small class="hash">${short(node.id)}</small
      ><small class="hash">${node.host ?? 'no address'}</small>
    </th>
    <td data-label="Claims" class="claim">${node.class ?? 'no class'}</td>
    <td data-label="Audits" class="wide"><div>${tallyCell(totals)}</div></td>
    <td data-label="Standing">${judged}</td>
    <td data-label="Fails by"><span class="fails">${why === '' ? '–' : why}</span></td>
    <td data-label="Last"><span>${lastCell(node)}</span></td>
  </tr>`;
}

function nodesSection({ nodes, gpuClass }: OwnPage): Html {
  const failures = nodes.items.flatMap((node) => node.failures);
  const params = new URLSearchParams({ ...(gpuClass === undefined ? {} : { class: gpuClass }), cursor: nodes.next ?? '' });
  const more =
    nodes.next === null ? '' : html`<p class="more"><a href="/?${params.toString()}#nodes" rel="next">More nodes</a></p>`;
  const heads = ['Node', 'Claims', 'Audits', 'Standing', 'Fails by', 'Last audit'];
  return html`<section aria-labelledby="nodes">
      <h2 id="nodes">Nodes</h2>
      <p class="quiet">
        “At least” is the lower end of a 95 % interval over the node’s verdicts. Under a hundred verdicts there is no grade.
        ${gpuClass === undefined ? '' : html`Class ${gpuClass} only; <a href="/#nodes">show all</a>.`}
      </p>
      ${
        nodes.items.length === 0
          ? html`<p class="note">No node to show here.</p>`
          : html`<table>
              <thead>
                <tr>
                  ${heads.map((head) => html`<th scope="col">${head}</th>`)}
                </tr>
              </thead>
              <tbody>
                ${nodes.items.map(nodeRow)}
              </tbody>
            </table>`
      }
      ${more}
    </section>
    <section aria-labelledby="why">
      <h2 id="why">Why audits failed</h2>
      <p class="quiet">The most frequent reasons of the nodes above.</p>
      ${reasonTable(failures)}
    </section>`;
}

function epochRow(epoch: EpochItem): Html {
  const { transactionHash } = epoch;
  return html`<tr>
    <th scope="row"><a href="/epochs/${epoch.epoch}">Epoch ${number(epoch.epoch)}</a><small>${time(epoch.endsAtMs)}</small></th>
    <td data-label="Audits"><div>${tallyCell(epoch.tally)}</div></td>
    <td data-label="Done">${number(epoch.done)} of ${number(epoch.due)} due</td>
    <td data-label="Root"><span class="hash">${short(epoch.auditRoot)}</span></td>
    <td data-label="Transaction">
      <span class="hash"
        >${transactionHash === null ? (epoch.state === 'posted' ? 'posted' : 'not yet posted') : short(transactionHash)}</span
      >
    </td>
  </tr>`;
}

function epochsSection(epochs: readonly EpochItem[]): Html {
  const heads = ['Epoch', 'Audits', 'Done', 'Audit root', 'Transaction'];
  return html`<section aria-labelledby="epochs">
    <h2 id="epochs">Epochs</h2>
    <p class="quiet">At the end of each epoch all its audits are sealed under one Merkle root, which goes on chain.</p>
    <table>
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${epochs.slice(0, EPOCH_ROWS).map(epochRow)}
      </tbody>
    </table>
    <p class="more"><a href="/v1/epochs">All epochs, as JSON</a></p>
  </section>`;
}

export function ownPage(page: OwnPage): Html {
  const epochs = page.epochs.items;
  const { validatorCount } = page.network;
  const others =
    validatorCount < 2
      ? ''
      : html`<p class="note">
          These are one validator’s audits alone; ${number(validatorCount)} validators audit these nodes.
          <a href="/network">What all of them agree on</a>
        </p>`;
  const body = html`<h1>Do these GPUs do the work they are paid for?</h1>
    <p class="lead">
      A validator challenges each node at moments nobody can predict, checks the work, and puts every result under one root on
      chain. You can recompute all of it.
    </p>
    ${others} ${figures(page.network)} ${chart(page.network, epochs, page.chartEpochs)} ${nodesSection(page)}
    ${epochs.length === 0 ? '' : epochsSection(epochs)} ${limitsSection}`;
  const about =
    'Audits of decentralized GPU compute: which nodes do the work they claim, who fails and why, recomputable by anybody.';
  return layout({ title: 'Assay · audits of GPU compute', about, body, settings: page.settings, room: 'nodes' });
}
