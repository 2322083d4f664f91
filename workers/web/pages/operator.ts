// `/operators/:address`: all nodes of one operator, best first, and what their grades come to.
import { html } from 'hono/html';
import { GRADES, type OperatorDetail, type RankedNode } from '../../../schema/api/profile.ts';
import type { WebSettings } from '../../services/views/ports.ts';
import { COMPARED_MAX } from './compare.ts';
import { duration, hostOf, number, plural, share, short } from './format.ts';
import type { Html } from './html.ts';
import { layout } from './layout.ts';
import { regionName } from './map.ts';
import { figure, heads, STATUS_WORDS } from './parts.ts';
import { GRADE_TONE, GRADE_WORDS, tops } from './profile-words.ts';

export type OperatorPage = { readonly settings: WebSettings; readonly operator: OperatorDetail };

/** `5 reliable, 2 failing`, the best grade first. */
const gradeWords = ({ grades }: OperatorDetail): string =>
  GRADES.flatMap((grade) => (grades[grade] === 0 ? [] : [`${number(grades[grade])} ${grade}`])).join(', ');

function nodeRow(node: RankedNode): Html {
  const {
    id,
    index,
    host,
    class: claimed,
    status,
    grade,
    scorePpm,
    tierName,
    samples,
    uptimePpm,
    uptimeLowPpm,
    latencyMs,
    rate,
    nearest,
  } = node;
  const retired = status === 'audited' ? '' : html`<small>${STATUS_WORDS[status]}</small>`;
  return html`<tr>
    <th scope="row"><a href="/nodes/${id}">Node ${number(index)}</a><small class="hash">${host ?? hostOf(null)}</small></th>
    <td data-label="Grade">
      <span><span class="${GRADE_TONE[grade]}">${GRADE_WORDS[grade]}</span>${retired}</span>
    </td>
    <td data-label="Claims" class="claim">${claimed ?? 'no class'}</td>
    <td data-label="Score" class="num">
      <span
        >${scorePpm === null ? '–' : share(scorePpm)}<small
          >${scorePpm === null || tierName === null ? '' : `tier ${tierName} · `}${plural(samples, 'audit')}</small
        ></span
      >
    </td>
    <td data-label="Proven" class="num">${rate === null || rate === 0 ? '–' : `≥ ${tops(rate)}`}</td>
    <td data-label="There" class="num">
      <span
        >${uptimePpm === null ? '–' : share(uptimePpm)}${uptimeLowPpm === null ? '' : html`<small>at least ${share(uptimeLowPpm)}</small>`}</span
      >
    </td>
    <td data-label="Answers in" class="num">
      <span
        >${latencyMs === null || latencyMs === 0 ? '–' : duration(latencyMs)}<small
          >${nearest === null ? '' : regionName(nearest)}</small
        ></span
      >
    </td>
  </tr>`;
}

export function operatorPage({ settings, operator }: OperatorPage): Html {
  const { operator: address, epoch, total, nodes, grades } = operator;
  const few = nodes.slice(0, COMPARED_MAX);
  const compare =
    few.length < 2
      ? ''
      : html` <a href="/compare?nodes=${few.map(({ id }) => id).join(',')}">Compare the first ${number(few.length)}</a>`;
  const more = total > nodes.length ? html`<p class="note">The ${number(nodes.length)} best of ${number(total)}.</p>` : '';
  const when =
    epoch === null
      ? 'No root is agreed on yet.'
      : html`As agreed for <a href="/consensus/${epoch}">epoch ${number(epoch)}</a>, best first.`;
  const body = html`<p class="crumb"><a href="/#nodes">Nodes</a></p>
    <h1>Operator <span class="hash">${short(address)}</span></h1>
    <p class="lead">${plural(total, 'node')}: ${gradeWords(operator)}.</p>
    <dl class="figures">
      ${figure('nodes in effect', number(total))}
      ${GRADES.filter((grade) => grades[grade] > 0).map((grade) => figure(grade, number(grades[grade])))}
    </dl>
    <section aria-labelledby="nodes">
      <h2 id="nodes">Its nodes</h2>
      <p class="quiet">${when}${compare}</p>
      ${more}
      <table>
        <caption class="unseen">
          Nodes of this operator
        </caption>
        ${heads(['Node', 'Grade', 'Claims', 'Score#', 'Proven#', 'There when asked#', 'Answers in#'])}
        <tbody>
          ${nodes.map(nodeRow)}
        </tbody>
      </table>
    </section>
    <p class="quiet">Address <span class="hash">${address}</span> · <a href="/v1/operators/${address}">the same as JSON</a></p>`;
  const about = `All nodes of the operator ${address}: ${gradeWords(operator)}.`;
  return layout({ title: `Operator ${short(address)} · Assay`, about, body, settings, room: 'nodes' });
}
