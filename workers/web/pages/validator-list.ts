// The validators of the network as a list: what each weighs, how it agreed, what it earned, how its newest archive stands.
import { html } from 'hono/html';
import type { ValidatorItem } from '../../../schema/api/consensus.ts';
import type { Overview } from '../../services/views/show-overview.ts';
import { hostOf, number, share, short, tokens } from './format.ts';
import type { Html } from './html.ts';
import { heads } from './parts.ts';
import { archiveMark } from './verdict.ts';

function validatorRow(validator: ValidatorItem): Html {
  const { operator, url, weightPpm, score, cumulativeReward, archive, leftOut } = validator;
  const of = (value: number | undefined): string => (value === undefined ? '–' : share(value));
  return html`<tr>
    <th scope="row">
      <a href="/validators/${operator}" class="hash">${short(operator)}</a><small class="hash">${hostOf(url)}</small>
    </th>
    <td data-label="Weight" class="num">${weightPpm === null ? '–' : share(weightPpm)}</td>
    <td data-label="Accuracy" class="num">${of(score?.accuracyPpm)}</td>
    <td data-label="Coverage" class="num">${of(score?.coveragePpm)}</td>
    <td data-label="Reward" class="num">
      <span
        >${score === null ? '–' : tokens(score.reward)}<small
          >${cumulativeReward === null ? '' : `${tokens(cumulativeReward)} so far`}</small
        ></span
      >
    </td>
    <td data-label="Archive">${archiveMark(archive, leftOut)}</td>
  </tr>`;
}

export function validatorsSection({ validators }: Overview): Html {
  const { items } = validators;
  const epochs = items.flatMap(({ archive }) => (archive === null ? [] : [archive.epoch]));
  const of = epochs.length === 0 ? '' : ` Archives are those of epoch ${number(Math.max(...epochs))}.`;
  return html`<section aria-labelledby="validators">
    <h2 id="validators">Validators</h2>
    <p class="quiet">
      Each audits the same nodes on its own. Weight is the share of the stake, capped so that nobody decides alone; accuracy is
      how far its results agreed with the others’; coverage is how many of its draws it did.${of}
    </p>
    ${
      items.length === 0
        ? html`<p class="note">No set of validators is known here yet.</p>`
        : html`<table>
            ${heads(['Validator', 'Weight#', 'Accuracy#', 'Coverage#', 'Reward, tokens#', 'Archive'])}
            <tbody>
              ${items.map(validatorRow)}
            </tbody>
          </table>`
    }
  </section>`;
}
