// What all validators together say of one node, on its page: the verdict, the counts behind it by validator, and earlier verdicts.
import { html } from 'hono/html';
import type { ScoreItem } from '../../../schema/api/consensus.ts';
import type { NodeDetail } from '../../../schema/api/nodes.ts';
import { number, short } from './format.ts';
import type { Html } from './html.ts';
import { heads } from './parts.ts';
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

export function networkSection({ verdict, network, index }: NodeDetail): Html {
  if (network === null) return html``;
  const said =
    verdict === null
      ? NONE
      : `${sentence(verdict, network.validators)} ${verdict.tier === 0 ? '' : `That is ${tierWords(verdict)}.`}`;
  const { fromEpoch, throughEpoch } = network.window;
  return html`<section aria-labelledby="network">
    <h2 id="network">What all validators found</h2>
    <p>${said}</p>
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
