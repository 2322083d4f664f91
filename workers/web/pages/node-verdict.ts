// What all validators together say of one node, on its page: the verdict, the counts behind it by validator, and earlier verdicts.
import { html } from 'hono/html';
import type { ScoreItem } from '../../../schema/api/consensus.ts';
import type { NodeDetail } from '../../../schema/api/nodes.ts';
import { bandwidth, duration, number, rate, share, short } from './format.ts';
import type { Html } from './html.ts';
import { figure, heads } from './parts.ts';
import { sampleWords, scoreWords, tierWords } from './verdict.ts';

type Tallies = NonNullable<NodeDetail['network']>['validators'];

/** Earlier verdicts shown. */
const HISTORY_ROWS = 8;

const NONE = 'The validators have not agreed on a verdict about this node yet.';

/** `At least 97.4 % pass (95 % sure), from 412 audits by 4 validators.` */
function sentence(verdict: ScoreItem, tallies: Tallies): string {
  const words = scoreWords(verdict);
  const start = `${words[0]?.toUpperCase() ?? ''}${words.slice(1)}`;
  const heard = tallies.filter(({ pass, wrong, slow, network }) => pass + wrong + slow + network > 0).length;
  return verdict.tier === 0 ? `${start}.` : `${start}, ${sampleWords(verdict.samples, heard)}.`;
}

/** How sure the uptime is, and how long the slowest answers take. */
function serviceWords({ uptimeSamples, uptimeLowPpm, latencyHighMs }: ScoreItem): Html {
  if (uptimeSamples === 0) return html``;
  const slowest = latencyHighMs === 0 ? '' : `; 19 of 20 answers came within ${duration(latencyHighMs)}`;
  return html`<p class="quiet">
    It was asked whether it is there ${number(uptimeSamples)} times: at least ${share(uptimeLowPpm)} of the time (95 %
    sure)${slowest}.
  </p>`;
}

/** The head of a gateway's page about a node. */
export function networkLead({ verdict, network }: NodeDetail, status: Html | string): Html {
  if (verdict === null || network === null) return html`<p class="lead">${NONE} ${status}</p>`;
  return html`<p class="lead">${sentence(verdict, network.validators)} ${status}</p>
    <dl class="figures">
      ${figure('grade', tierWords(verdict))} ${figure('audits pass', share(verdict.ratePpm))}
      ${figure('proven rate', verdict.measure === 0 ? '–' : `≥ ${rate(verdict.measure)}`)}
      ${figure('work done in', verdict.elapsedMs === 0 ? '–' : duration(verdict.elapsedMs))}
      ${figure('there when asked', verdict.uptimeSamples === 0 ? '–' : share(verdict.uptimePpm))}
      ${figure('answers in', verdict.latencyMs === 0 ? '–' : duration(verdict.latencyMs))}
      ${figure('memory read at', verdict.bandwidth === 0 ? '–' : `≥ ${bandwidth(verdict.bandwidth)}`)}
    </dl>
    ${serviceWords(verdict)}`;
}

function tallyRow({ validator, pass, wrong, slow, network, busy, void: voided }: Tallies[number]): Html {
  const cell = (name: string, value: number): Html => html`<td data-label="${name}" class="num">${number(value)}</td>`;
  return html`<tr>
    <th scope="row"><a href="/validators/${validator}" class="hash">${short(validator)}</a></th>
    ${cell('Passed', pass)} ${cell('Wrong', wrong)} ${cell('Too slow', slow)} ${cell('No signed answer', network)}
    ${cell('Busy', busy)} ${cell('Void', voided)}
  </tr>`;
}

function historyRow(score: ScoreItem, nodeIndex: number): Html {
  return html`<tr>
    <th scope="row"><a href="/consensus/${score.epoch}">Epoch ${number(score.epoch)}</a></th>
    <td data-label="Grade">${tierWords(score)}</td>
    <td data-label="Verdict">${scoreWords(score)}</td>
    <td data-label="Audits" class="num">${number(score.samples)}</td>
    <td data-label="Evidence"><a href="/v1/consensus/${score.epoch}/scores/${nodeIndex}">leaf and proof</a></td>
  </tr>`;
}

/** `sentence`: says the verdict in words, too, where the page's head does not. */
export function networkSection({ verdict, network, index }: NodeDetail, show: { readonly sentence: boolean }): Html {
  if (network === null) return html``;
  const said =
    verdict === null
      ? NONE
      : `${sentence(verdict, network.validators)} ${verdict.tier === 0 ? '' : `That is ${tierWords(verdict)}.`}`;
  const { fromEpoch, throughEpoch } = network.window;
  return html`<section aria-labelledby="network">
    <h2 id="network">What all validators found</h2>
    ${show.sentence ? html`<p>${said}</p>` : ''}
    <p class="quiet">
      Counts of each validator’s archives that were found right here, epochs ${number(fromEpoch)} to ${number(throughEpoch)}. A
      validator far from the others is pulled back to them before the mean is taken; under ${number(network.samplesMin)} audits
      there is no grade.
    </p>
    ${
      network.validators.length === 0
        ? html`<p class="note">No archive with an audit of it was found right here.</p>`
        : html`<table>
            ${heads(['Validator', 'Passed#', 'Wrong#', 'Too slow#', 'No signed answer#', 'Busy#', 'Void#'])}
            <tbody>
              ${network.validators.map(tallyRow)}
            </tbody>
          </table>`
    }
    ${
      network.history.length === 0
        ? ''
        : html`<table>
            ${heads(['Verdict of', 'Grade', 'Passes', 'Audits#', 'Evidence'])}
            <tbody>
              ${network.history.slice(0, HISTORY_ROWS).map((score) => historyRow(score, index))}
            </tbody>
          </table>`
    }
  </section>`;
}
