// The network's page, `/` of a gateway and `/network` of a validator: what all validators agree on, about which nodes, and who they are.
import { html } from 'hono/html';
import type { ConsensusItem, FaultItem, ValidatorItem } from '../../../schema/api/consensus.ts';
import type { WebSettings } from '../../services/views/ports.ts';
import type { Overview, Ranked, Ranking } from '../../services/views/show-overview.ts';
import { duration, hostOf, number, plural, rate, share, short, tokens } from './format.ts';
import type { Html } from './html.ts';
import { layout } from './layout.ts';
import { limitsSection } from './limits.ts';
import { figure, heads, time } from './parts.ts';
import { seatDots, signedWords } from './seats.ts';
import { archiveMark, FAULT_STATES, FAULT_WORDS, scoreWords, stateMark, tierWords } from './verdict.ts';

export type NetworkPage = {
  readonly settings: WebSettings;
  readonly overview: Overview;
  /** Where this page is. */
  readonly path: '/' | '/network';
};

function figures({ network, ranking, validators }: Overview): Html {
  const { lastRoot, nodeCount } = network;
  const newest =
    lastRoot === null ? 'none yet' : html`<a href="/consensus/${lastRoot.epoch}">epoch ${number(lastRoot.epoch)}</a>`;
  const graded = ranking?.tiers.filter(({ name }) => name !== 'not enough data').reduce((sum, { nodes }) => sum + nodes, 0) ?? 0;
  return html`<dl class="figures">
    ${figure('nodes registered', number(nodeCount))} ${figure('with a grade', number(graded))}
    ${figure('validators', number(validators.items.length))} ${figure('newest root agreed on', newest)}
  </dl>`;
}

function nodeRow(score: Ranked): Html {
  const tone = score.tier === 0 ? 'quiet' : score.tierName === null ? 'fails' : 'holds';
  return html`<tr>
    <th scope="row">
      <a href="/nodes/${score.nodeId}">Node ${number(score.nodeIndex)}</a><small class="hash">${short(score.nodeId)}</small>
    </th>
    <td data-label="Claims" class="claim">${score.class ?? 'no class'}</td>
    <td data-label="Grade"><span class="${tone}">${tierWords(score)}</span></td>
    <td data-label="Verdict" class="wide">
      <span>${scoreWords(score)}<small>${score.tier === 0 ? '' : plural(score.samples, 'audit')}</small></span>
    </td>
    <td data-label="Proven rate" class="num">${score.measure === 0 ? '–' : html`≥ ${rate(score.measure)}`}</td>
    <td data-label="Answered in" class="num">${score.elapsedMs === 0 ? '–' : duration(score.elapsedMs)}</td>
  </tr>`;
}

function rankingWords({ epoch, reporters, samplesMin, tiers }: Ranking): Html {
  const by = reporters === null ? '' : ` by ${plural(reporters, 'validator')}`;
  const counts = tiers.map(({ name, nodes }) => `${name}: ${number(nodes)}`).join(', ');
  return html`<p class="quiet">
    As agreed for <a href="/consensus/${epoch}">epoch ${number(epoch)}</a>, over audits${by}, best first. “At least” is the lower
    end of a 95 % interval over all validators’ audits; under ${number(samplesMin)} audits there is no grade. Nodes by grade:
    ${counts}.
  </p>`;
}

function nodesSection({ overview: { ranking }, path }: NetworkPage): Html {
  const title = html`<h2 id="nodes">Nodes</h2>`;
  if (ranking === null) {
    return html`<section aria-labelledby="nodes">
      ${title}
      <p class="note">
        The validators have not agreed on any epoch yet. Scores appear once an epoch has ended, every archive is public, and two
        thirds of the weight have signed the same root. <a href="/v1/nodes">The nodes that are registered, as JSON</a>
      </p>
    </section>`;
  }
  const more =
    ranking.next === null
      ? ''
      : html`<p class="more"><a href="${path}?cursor=${ranking.next}#nodes" rel="next">More nodes</a></p>`;
  return html`<section aria-labelledby="nodes">
    ${title} ${rankingWords(ranking)}
    <table>
      ${heads(['Node', 'Claims', 'Grade', 'Passes', 'Proven rate#', 'Answers in#'])}
      <tbody>
        ${ranking.items.map(nodeRow)}
      </tbody>
    </table>
    ${more}
  </section>`;
}

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

function validatorsSection({ validators }: Overview): Html {
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

function rootsSection({ roots }: Overview): Html {
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

function faultsSection({ faults }: Overview): Html {
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

export function networkPage(page: NetworkPage): Html {
  const { overview, settings } = page;
  const body = html`<h1>Do these GPUs do the work they are paid for?</h1>
    <p class="lead">
      ${overview.validators.items.length < 2 ? 'Validators audit' : `${plural(overview.validators.items.length, 'validator')} audit`}
      the same nodes without knowing of one another’s results, and what two thirds of their weight compute alike stands on chain.
      You can recompute all of it.
    </p>
    ${figures(overview)} ${nodesSection(page)} ${validatorsSection(overview)} ${rootsSection(overview)} ${faultsSection(overview)}
    ${limitsSection}`;
  const about = 'What independent validators agree on about GPU compute nodes: grades, who audits, and where it stands on chain.';
  return layout({ title: 'Assay · the network', about, body, settings });
}
