// Faults that two signatures prove, as a list.
import { html } from 'hono/html';
import type { FaultItem } from '../../../schema/api/consensus.ts';
import type { Overview } from '../../services/views/show-overview.ts';
import { number, short } from './format.ts';
import type { Html } from './html.ts';
import { heads } from './parts.ts';
import { FAULT_STATES, FAULT_WORDS } from './verdict.ts';

function faultRow({ kind, offender, epoch, state, detail }: FaultItem): Html {
  const isNode = offender.length > 42;
  return html`<tr>
    <th scope="row" class="fails">${FAULT_WORDS[kind]}<small>epoch ${number(epoch)}</small></th>
    <td data-label="By">
      <a class="hash one" href="${isNode ? '/nodes' : '/validators'}/${offender}">${short(offender)}</a
      ><small>${isNode ? 'node' : 'validator'}</small>
    </td>
    <td data-label="State"><span>${FAULT_STATES[state]}</span></td>
    <td data-label="Found">${detail}</td>
  </tr>`;
}

export function faultsSection({ faults }: Overview): Html {
  const more = faults.next === null ? '' : html`<p class="more"><a href="/v1/faults">All faults, as JSON</a></p>`;
  return html`<section aria-labelledby="faults">
    <h2 id="faults">Faults and slashes</h2>
    <p class="quiet">
      Lies that two signatures prove. A proof on chain takes stake after a delay, in which everybody can see it.
    </p>
    ${
      faults.items.length === 0
        ? html`<p class="note">No provable fault was found here.</p>`
        : html`<table>
            ${heads(['Fault', 'By', 'State', 'Detail'])}
            <tbody>
              ${faults.items.map(faultRow)}
            </tbody>
          </table>`
    }
    ${more}
  </section>`;
}
