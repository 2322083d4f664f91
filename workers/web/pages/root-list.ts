// Epochs of the network as a list: how each stands, who signed, where its root is on chain.
import { html } from 'hono/html';
import type { ConsensusItem } from '../../../schema/api/consensus.ts';
import type { Overview } from '../../services/views/show-overview.ts';
import { plural, number, short } from './format.ts';
import type { Html } from './html.ts';
import { heads, time } from './parts.ts';
import { seatDots, signedWords } from './seats.ts';
import { stateMark } from './verdict.ts';

function rootRow(item: ConsensusItem): Html {
  const { epoch, endsAtMs, signers, rootHash, transactionHash, note } = item;
  return html`<tr>
    <th scope="row"><a href="/consensus/${epoch}">Epoch ${number(epoch)}</a><small>${time(endsAtMs)}</small></th>
    <td data-label="State"><span>${stateMark(item)}${note === null ? '' : html`<small>${note}</small>`}</span></td>
    <td data-label="Signed by">
      <span>${seatDots(signers)}<small>${rootHash === null ? plural(signers.length, 'seat') : signedWords(signers)}</small></span>
    </td>
    <td data-label="Root"><span class="hash one">${rootHash === null ? '–' : short(rootHash)}</span></td>
    <td data-label="Transaction"><span class="hash one">${transactionHash === null ? '–' : short(transactionHash)}</span></td>
  </tr>`;
}

export function rootsSection({ roots }: Overview): Html {
  return html`<section aria-labelledby="roots">
    <h2 id="roots">Epochs</h2>
    <p class="quiet">
      After each epoch the validators compare what they computed from all archives. One root over all scores goes on chain once
      two thirds of the weight have signed it. A dot is a seat, filled where it signed.
    </p>
    ${
      roots.items.length === 0
        ? html`<p class="note">No epoch is public yet.</p>`
        : html`<table>
            ${heads(['Epoch', 'State', 'Signed by', 'Root', 'Transaction'])}
            <tbody>
              ${roots.items.map(rootRow)}
            </tbody>
          </table>`
    }
    <p class="more"><a href="/v1/consensus">All epochs, as JSON</a></p>
  </section>`;
}
