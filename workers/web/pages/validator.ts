// `/validators/:operator`: one validator's weight, how it agreed with the others, what it earned, and how each archive stood.
import { html } from 'hono/html';
import type { Archive, ValidatorDetail } from '../../../schema/api/consensus.ts';
import { leftOutReason } from '../../services/views/consensus-item.ts';
import type { WebSettings } from '../../services/views/ports.ts';
import { hostOf, number, share, short, tokens } from './format.ts';
import type { Html } from './html.ts';
import { layout } from './layout.ts';
import { fact, figure, hash, heads } from './parts.ts';
import { strip, type Mark } from './strip.ts';
import { archiveMark } from './verdict.ts';

export type ValidatorPage = { readonly settings: WebSettings; readonly validator: ValidatorDetail };

function sentence({ seat, weightPpm, score, archives }: ValidatorDetail): string {
  if (seat === null) return 'This validator has no seat at present; its reports do not count.';
  const bad = archives.filter(({ state }) => state === 'failed' || state === 'absent').length;
  const weighs = `It holds ${weightPpm === null ? 'a part' : share(weightPpm)} of the weight`;
  const agreed = score === null ? '' : ` and agreed with the others to ${share(score.agreementPpm)} in the newest root`;
  const archivesWords =
    archives.length === 0
      ? ''
      : ` ${number(archives.length - bad)} of its last ${number(archives.length)} epochs raised no objection.`;
  return `${weighs}${agreed}.${archivesWords}`;
}

function figures({ weightPpm, score, cumulativeReward }: ValidatorDetail): Html {
  return html`<dl class="figures">
    ${figure('of the weight', weightPpm === null ? '–' : share(weightPpm))}
    ${figure('accuracy', score === null ? '–' : share(score.accuracyPpm))}
    ${figure('of its draws done', score === null ? '–' : share(score.coveragePpm))}
    ${figure('tokens earned so far', cumulativeReward === null ? '0' : tokens(cumulativeReward))}
  </dl>`;
}

function epochRow(archive: Archive, { scores, operator }: ValidatorDetail): Html {
  const { epoch, due, done, state } = archive;
  const score = scores.find((line) => line.epoch === epoch);
  const cell = (name: string, value: string): Html => html`<td data-label="${name}" class="num">${value}</td>`;
  const manifest =
    state === 'verified' ? html`<small><a href="/v1/validators/${operator}/epochs/${epoch}/archive">its archive</a></small>` : '';
  return html`<tr>
    <th scope="row"><a href="/consensus/${epoch}">Epoch ${number(epoch)}</a>${manifest}</th>
    ${cell('Draws done', due === 0 ? '–' : `${number(done)} of ${number(due)}`)}
    ${cell('Agreement', score === undefined ? '–' : share(score.agreementPpm))}
    ${cell('Accuracy', score === undefined ? '–' : share(score.accuracyPpm))}
    ${cell('Reward', score === undefined ? '–' : tokens(score.reward))}
    <td data-label="Archive">${archiveMark(archive, leftOutReason(archive, null))}</td>
  </tr>`;
}

const MARK: Readonly<Record<Archive['state'], Mark>> = { verified: 'good', failed: 'bad', absent: 'bad', waiting: 'waiting' };

/** Its epochs as a picture, oldest first; the table below says the same and why. */
function history(archives: readonly Archive[]): Html {
  const [newest, oldest] = [archives[0], archives.at(-1)];
  if (newest === undefined || oldest === undefined) return html``;
  const good = archives.filter(({ state }) => state === 'verified').length;
  const words = `${number(good)} of ${number(archives.length)} archives checked and mirrored`;
  const marks = archives.toReversed().map(({ state }) => MARK[state]);
  return html`<figure class="history">
    ${strip(marks, words)}
    <figcaption><span>Epoch ${number(oldest.epoch)} to ${number(newest.epoch)}</span><span>${words}</span></figcaption>
  </figure>`;
}

export function validatorPage({ settings, validator }: ValidatorPage): Html {
  const { operator, signer, url, stake, rootEpoch, archives } = validator;
  const proof =
    rootEpoch === null || validator.score === null
      ? ''
      : html` <a href="/v1/consensus/${rootEpoch}/validators/${operator}">Its line under the newest root, with a proof</a>`;
  const body = html`<p class="crumb"><a href="${settings.role === 'gateway' ? '/' : '/network'}#validators">Validators</a></p>
    <h1>Validator <span class="hash">${short(operator)}</span></h1>
    <p class="lead">${sentence(validator)}</p>
    ${figures(validator)}
    <section aria-labelledby="epochs">
      <h2 id="epochs">Epoch by epoch</h2>
      <p class="quiet">
        Its archive is fetched, checked against the chain and replayed here. Agreement and reward stand where the epoch has a root
        of its own.${proof}
      </p>
      ${
        archives.length === 0
          ? html`<p class="note">No public epoch of it is known here.</p>`
          : html`${history(archives)}
              <table>
                ${heads(['Epoch', 'Draws done#', 'Agreement#', 'Accuracy#', 'Reward, tokens#', 'Archive'])}
                <tbody>
                  ${archives.map((archive) => epochRow(archive, validator))}
                </tbody>
              </table>`
      }
    </section>
    <section aria-labelledby="facts">
      <h2 id="facts">On chain</h2>
      <dl class="facts">
        ${fact('Operator', hash(operator))} ${fact('Signer', signer === null ? null : hash(signer))}
        ${fact('Address', url === null ? null : hash(hostOf(url)))}
        ${fact('Stake', stake === null ? null : `${tokens(stake)} tokens`)}
      </dl>
      <p><a href="/v1/validators/${operator}">The same as JSON</a></p>
    </section>`;
  const about = `Validator ${operator}: weight, accuracy, coverage, archives.`;
  return layout({ title: `Validator ${short(operator)} · Assay`, about, body, settings, room: 'validators' });
}
