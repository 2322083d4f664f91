// `/consensus/:epoch`: one root, who signed it, whose report counts and why not, who computed otherwise, and how to check all of it.
import { html } from 'hono/html';
import type { ConsensusDetail, Seat } from '../../../schema/api/consensus.ts';
import type { WebSettings } from '../../services/views/ports.ts';
import { hostOf, number, plural, share, short } from './format.ts';
import type { Html } from './html.ts';
import { layout } from './layout.ts';
import { fact, figure, hash, heads, time } from './parts.ts';
import { seatDots, signedPpm, signedWords } from './seats.ts';
import { archiveMark, STATE_SENTENCE } from './verdict.ts';

export type ConsensusPage = {
  readonly settings: WebSettings;
  readonly detail: ConsensusDetail;
  /** Where this service is reached, for the command line. */
  readonly origin: string;
};

function figures({ seats, signers, root, nodeCount }: ConsensusDetail): Html {
  const counted = seats.filter((seat) => seat.counted === true).length;
  const known = seats.some((seat) => seat.counted !== null);
  const all = signers.every((seat) => seat.signed === true);
  return html`<dl class="figures">
    ${figure('of the weight signed', root === null ? '–' : all ? '100 %' : share(signedPpm(signers)))}
    ${figure('reports of this epoch counted', known ? `${number(counted)} of ${number(seats.length)}` : '–')}
    ${figure('nodes registered', number(nodeCount))} ${figure('round', root === null ? '–' : number(root.round))}
  </dl>`;
}

function marks({ provisional, note }: ConsensusDetail): Html {
  const few =
    provisional === true
      ? html`<p class="note">Provisional: with fewer than four validators there is no majority to rely on, and no penalty.</p>`
      : '';
  return html`${few}${note === null ? '' : html`<p class="note">${note}</p>`}`;
}

function seatRow(seat: Seat): Html {
  const { operator, url, weightPpm, signed, archive, leftOut, counted } = seat;
  return html`<tr>
    <th scope="row">
      <a href="/validators/${operator}" class="hash">${short(operator)}</a><small class="hash">${hostOf(url)}</small>
    </th>
    <td data-label="Weight" class="num">${share(weightPpm)}</td>
    <td data-label="Signed">
      ${signed === null ? '–' : html`<span class="${signed ? 'holds' : 'quiet'}">${signed ? 'yes' : 'no'}</span>`}
    </td>
    <td data-label="Draws done" class="num">
      ${archive === null || archive.due === 0 ? '–' : `${number(archive.done)} of ${number(archive.due)}`}
    </td>
    <td data-label="Counts">${counted === null ? '–' : counted ? 'yes' : html`<span class="fails">left&nbsp;out</span>`}</td>
    <td data-label="Archive">${archiveMark(archive, leftOut)}</td>
  </tr>`;
}

function seatsSection({ seats, signers, rootHash, links }: ConsensusDetail): Html {
  const said = rootHash === null ? `${plural(seats.length, 'seat')}, no root yet.` : `${signedWords(signers)}.`;
  const set = links.reportSet === null ? '' : html` <a href="${links.reportSet}">The set of reports that count, as JSON</a>`;
  return html`<section aria-labelledby="seats">
    <h2 id="seats">Validators in this epoch</h2>
    <p class="quiet">${said}${set}</p>
    ${seatDots(signers)}
    <table>
      ${heads(['Validator', 'Weight#', 'Signed', 'Draws done#', 'Counts', 'Archive'])}
      <tbody>
        ${seats.map(seatRow)}
      </tbody>
    </table>
  </section>`;
}

function disagreementsSection({ disagreements, links }: ConsensusDetail): Html {
  return html`<section aria-labelledby="otherwise">
    <h2 id="otherwise">Who computed otherwise</h2>
    <p class="quiet">
      Proposed roots that this service did not compute the same, each with the first leaf that differs: its own value, then the
      proposer’s. <a href="${links.statements}">All signed roots</a> · <a href="${links.objections}">draws that did not stand</a>
    </p>
    ${
      disagreements.length === 0
        ? html`<p class="note">Nobody, as far as is known here.</p>`
        : html`<table>
            ${heads(['Proposer', 'Round#', 'First difference'])}
            <tbody>
              ${disagreements.map(
                ({ round, validator, detail }) =>
                  html`<tr>
                    <th scope="row"><a href="/validators/${validator}" class="hash">${short(validator)}</a></th>
                    <td data-label="Round" class="num">${number(round)}</td>
                    <td data-label="Difference">${detail}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
    }
  </section>`;
}

function rootSection({ settings, detail, origin }: ConsensusPage): Html {
  const { root, rootHash, transactionHash, blockNumber, epoch, links, previousEpoch } = detail;
  const command = `npm run assay -- verify --epoch ${epoch} --consensus --api ${origin} --rpc <an RPC that you trust> --registry ${settings.registry}`;
  const proofs =
    links.scores === null || links.leaves === null
      ? ''
      : html`<p>
          <a href="${links.scores}">Scores of all nodes</a> · <a href="${links.leaves}">all leaves</a> · a proof for each node,
          which a contract can check with the registry’s <code>verifyScore</code>, is at
          <span class="hash">${links.scores}/&lt;node index&gt;</span>
        </p>`;
  const block = blockNumber === null ? '' : `, block ${number(blockNumber)}`;
  const previous = previousEpoch === null ? null : html`<a href="/consensus/${previousEpoch}">epoch ${number(previousEpoch)}</a>`;
  return html`<section aria-labelledby="check">
    <h2 id="check">Check it yourself</h2>
    <p>The command line computes this root again, from the chain and the public archives alone:</p>
    <p class="note"><code>${command}</code></p>
    ${proofs}
    <dl class="facts">
      ${fact('Root', rootHash === null ? null : hash(rootHash))}
      ${fact('Transaction', transactionHash === null ? null : html`${hash(transactionHash)}${block}`)}
      ${fact('Score tree', root === null ? null : hash(root.scoreRoot))}
      ${fact('Reward tree', root === null ? null : hash(root.rewardRoot))}
      ${fact('Penalty tree', root === null ? null : hash(root.penaltyRoot))}
      ${fact('Report set', root === null ? null : hash(root.reportSetHash))}
      ${fact('Node set', root === null ? null : hash(root.nodeSetRoot))} ${fact('Root before', previous)}
      ${fact('Policy', html`<a class="hash" href="/v1/policies/${detail.policyHash}">${detail.policyHash}</a>`)}
    </dl>
    <p><a href="/v1/consensus/${epoch}">The same as JSON</a></p>
  </section>`;
}

export function consensusPage(page: ConsensusPage): Html {
  const { detail, settings } = page;
  const { epoch } = detail;
  const own = settings.role === 'gateway' ? '' : html` · <a href="/epochs/${epoch}">This validator’s own audits of it</a>`;
  const body = html`<p class="crumb">
      <a href="${settings.role === 'gateway' ? '/' : '/network'}#roots">Epochs of the network</a>
    </p>
    <h1>Epoch ${number(epoch)}</h1>
    <p class="lead">${STATE_SENTENCE[detail.state]}</p>
    <p class="quiet">${time(detail.startsAtMs)} to ${time(detail.endsAtMs)}${own}</p>
    ${marks(detail)} ${figures(detail)} ${seatsSection(detail)} ${disagreementsSection(detail)} ${rootSection(page)}`;
  const about = `What the validators agreed on for epoch ${epoch}: the root, who signed it, whose reports count.`;
  return layout({ title: `Epoch ${number(epoch)} of the network · Assay`, about, body, settings, room: 'epochs' });
}
