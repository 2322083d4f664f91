// `/status`: whether this Worker does its own work, what it did last, and how everybody's archives stand with it.
import { html } from 'hono/html';
import type { IncidentList } from '../../../schema/api/incidents.ts';
import type { ArchiveRow, Status } from '../../services/views/show-status.ts';
import type { WebSettings } from '../../services/views/ports.ts';
import { hostOf, number, plural, short, span, utc } from './format.ts';
import type { Html } from './html.ts';
import { incidentsSection } from './incidents.ts';
import { layout } from './layout.ts';
import { fact, figure, heads, time } from './parts.ts';
import { strip, type Mark } from './strip.ts';

export type StatusPage = {
  readonly settings: WebSettings;
  readonly status: Status;
  readonly incidents: IncidentList;
  readonly nowMs: number;
};

/** What each step does, for who never saw the code. */
const STEPS: Readonly<Record<string, string>> = {
  join: 'reads its configuration and finds its place in the network',
  freeze: 'takes the next epoch’s facts from the chain',
  open: 'fetches the beacon and prepares the epoch’s challenges',
  schedule: 'sends audits out in time',
  seal: 'puts an ended epoch’s audits under one root',
  post: 'brings its report to the chain',
  observe: 'reads seats, nodes and policy from the chain',
  mirror: 'fetches the other validators’ archives and replays them',
  adopt: 'takes in roots that were posted, and computes them again',
  agree: 'proposes and signs roots',
  watch: 'looks for faults that two signatures prove',
};

const MARK = { verified: 'good', failed: 'bad', absent: 'bad', waiting: 'waiting' } as const;

function sentence({ health, network }: Status): string {
  if (health.status !== 'ok') return 'The database does not answer; nothing below is current.';
  if (health.troubles.length === 0) {
    return network.now === null ? 'The network has not begun yet.' : 'All steps of this service run.';
  }
  return `${plural(health.troubles.length, 'step')} of this service ${health.troubles.length === 1 ? 'has' : 'have'} trouble.`;
}

function figures({ network, lastMirroredMs }: Status, nowMs: number): Html {
  const { now, revealedThrough, lastRoot } = network;
  const ago = lastMirroredMs === null ? 'never yet' : `${span(Math.max(0, Math.round((nowMs - lastMirroredMs) / 1000)))} ago`;
  return html`<dl class="figures">
    ${figure('epoch by the clock', now === null ? '–' : number(now.epoch))}
    ${figure('public through', revealedThrough === null ? 'nothing yet' : `epoch ${number(revealedThrough)}`)}
    ${figure('newest root agreed on', lastRoot === null ? 'none yet' : html`<a href="/consensus/${lastRoot.epoch}">epoch ${number(lastRoot.epoch)}</a>`)}
    ${figure('archives last looked at', ago)}
  </dl>`;
}

function troublesSection({ health: { troubles } }: Status): Html {
  return html`<section aria-labelledby="steps">
    <h2 id="steps">Steps in trouble</h2>
    <p class="quiet">Every step is tried again each slot; a trouble stands here until the step works once.</p>
    ${
      troubles.length === 0
        ? html`<p class="note">None.</p>`
        : html`<table>
            ${heads(['Step', 'Cause', 'Since', 'Last seen'])}
            <tbody>
              ${troubles.map(
                ({ step, code, sinceMs, lastMs }) =>
                  html`<tr>
                    <th scope="row">${step}<small>${STEPS[step] ?? 'a step of this service'}</small></th>
                    <td data-label="Cause"><span class="fails">${code.replaceAll('_', ' ')}</span></td>
                    <td data-label="Since">${time(sinceMs)}</td>
                    <td data-label="Last seen">${time(lastMs)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
    }
  </section>`;
}

function archiveRow({ validator, url, states }: ArchiveRow): Html {
  const count = (...wanted: readonly (string | null)[]): number => states.filter((state) => wanted.includes(state)).length;
  const [good, bad] = [count('verified'), count('failed', 'absent')];
  const words = `${number(good)} of ${number(states.length - count(null))} checked and mirrored${bad === 0 ? '' : `, ${number(bad)} failed or missing`}`;
  const marks = states.map((state): Mark => (state === null ? 'none' : MARK[state]));
  return html`<tr>
    <th scope="row">
      <a href="/validators/${validator}" class="hash">${short(validator)}</a><small class="hash">${hostOf(url)}</small>
    </th>
    <td data-label="Epochs" class="wide"><div>${strip(marks, words)}</div></td>
    <td data-label="Of them">${words}</td>
  </tr>`;
}

function archivesSection({ archives, epochs }: Status): Html {
  const [first, last] = [epochs[0], epochs.at(-1)];
  return html`<section aria-labelledby="archives">
    <h2 id="archives">Archives of the validators</h2>
    <p class="quiet">
      ${
        first === undefined || last === undefined
          ? 'No epoch is public yet.'
          : `Epochs ${number(first)} to ${number(last)}, oldest first: whether each validator’s archive was fetched, found right and kept here.`
      }
    </p>
    ${
      archives.length === 0
        ? html`<p class="note">No archive is known here yet.</p>`
        : html`<table>
            ${heads(['Validator', 'Epoch by epoch', 'In words'])}
            <tbody>
              ${archives.map(archiveRow)}
            </tbody>
          </table>`
    }
  </section>`;
}

const ALERTS: Readonly<Record<Status['alerts'], string>> = {
  ready: 'Alerts by webhook can be ordered here.',
  off: 'This service sends no alerts: its operator has set no key to keep the secrets of endpoints with.',
  broken: 'This service sends no alerts: the key to keep the secrets of endpoints with is malformed.',
};

function alertsSection({ alerts }: Status): Html {
  return html`<section aria-labelledby="alerts">
    <h2 id="alerts">Alerts</h2>
    <p class="${alerts === 'broken' ? 'fails' : ''}">${ALERTS[alerts]} <a href="/reference">How</a></p>
    <p class="quiet">
      What holds them: a slot in which more than a third of a validator’s questions fail on the line, which is then the
      validator’s own fault; a maintenance window that a node’s operator announced; and a subscriber’s own mute or
      acknowledgement. Of verdicts nothing leaves before the reveal.
    </p>
  </section>`;
}

function ownSection({ lastSealed, network }: Status, { validator, signer }: WebSettings): Html {
  if (validator === null) return html``;
  const { lastPosted } = network;
  const sealed =
    lastSealed === null
      ? 'none yet'
      : html`<a href="/epochs/${lastSealed.epoch}">epoch ${number(lastSealed.epoch)}</a
          >${lastSealed.sealedAtMs === null ? '' : html`, ${time(lastSealed.sealedAtMs)}`}`;
  const posted =
    lastPosted === null
      ? 'none yet'
      : html`<a href="/epochs/${lastPosted.epoch}">epoch ${number(lastPosted.epoch)}</a
          >${lastPosted.postedAtMs === null ? '' : html`, ${time(lastPosted.postedAtMs)}`}`;
  return html`<section aria-labelledby="own">
    <h2 id="own">Its own audits</h2>
    <p class="quiet">Of public epochs: what it did since is told after the reveal.</p>
    <dl class="facts">
      ${fact('Sealed last', sealed)} ${fact('Posted last', posted)}
      ${fact('Validator', html`<a class="hash" href="/validators/${validator}">${validator}</a>`)}
      ${fact('Signer', signer === null ? null : html`<span class="hash">${signer}</span>`)}
    </dl>
  </section>`;
}

export function statusPage({ settings, status, incidents, nowMs }: StatusPage): Html {
  const { role, version } = settings;
  const body = html`<h1>Is this service all right?</h1>
    <p class="lead">${sentence(status)}</p>
    <p class="quiet">
      Seen at <time datetime="${utc(nowMs).replace(' ', 'T')}Z">${utc(nowMs)}</time>. Role: ${role}, version ${version}.
      <a href="/health">The same for machines</a>
    </p>
    ${figures(status, nowMs)} ${troublesSection(status)} ${incidentsSection(incidents)} ${alertsSection(status)}
    ${ownSection(status, settings)} ${archivesSection(status)}`;
  const about = 'Whether this Assay service does its work: steps in trouble, newest root, archives of all validators.';
  return layout({ title: 'Status · Assay', about, body, settings, room: 'status' });
}
