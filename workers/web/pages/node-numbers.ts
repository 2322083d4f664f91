// The five numbers of a node, each with its interval and its samples: what the rosette's petals link to.
import { html } from 'hono/html';
import type { Profile, Slice } from '../../../schema/api/profile.ts';
import { number, plural, share } from './format.ts';
import type { Html } from './html.ts';
import { LOW_PPM } from './rosette.ts';
import { SLICE_MEANING, SLICE_NAMES, sliceInterval, sliceMissing, sliceSamples, sliceValue, tops } from './profile-words.ts';

function asked({ key }: Slice, { evidence, class: claimed }: Profile): string {
  if (key === 'performance' && evidence.floor !== null && claimed !== null) return `its class asks for ${tops(evidence.floor)}`;
  if (key === 'evidence') return `by ${plural(evidence.validators, 'validator')}`;
  return '';
}

/** How full the petal is, as a thin line: the same order of size as in the rosette. */
function gauge({ ppm }: Slice): Html {
  if (ppm === null) return html``;
  return html`<svg class="gauge" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
    <path class="track" d="M0 0h100v4H0z" />
    <path class="${ppm < LOW_PPM ? 'fail' : 'pass'}" d="M0 0h${Math.max(2, ppm / 10_000)}v4H0z" />
  </svg>`;
}

function row(slice: Slice, profile: Profile): Html {
  const value = sliceValue(slice);
  const [interval, also] = [sliceInterval(slice), asked(slice, profile)];
  return html`<tr id="${slice.key}">
    <th scope="row">${SLICE_NAMES[slice.key]}<small>${SLICE_MEANING[slice.key]}</small></th>
    <td data-label="Value" class="value">
      <span
        >${value === null ? html`<span class="quiet">${sliceMissing(slice)}</span>` : html`<b>${value}</b>`}${gauge(slice)}</span
      >
    </td>
    <td data-label="How sure">
      <span>${interval === '' ? '–' : interval}${also === '' ? '' : html`<small>${also}</small>`}</span>
    </td>
    <td data-label="From" class="num">${sliceSamples(slice)}</td>
  </tr>`;
}

export function numbersSection(profile: Profile): Html {
  const { verdict, slices } = profile;
  const score =
    verdict === null || verdict.tier === 0
      ? ''
      : html` Its score under that root is ${share(verdict.scorePpm)},
        ${verdict.tierName === null ? 'below all tiers' : html`tier&nbsp;${verdict.tierName}`}.`;
  const from =
    verdict === null
      ? 'The validators have not agreed on a verdict about this node yet.'
      : html`From the root that the validators agreed on for
          <a href="/consensus/${verdict.epoch}">epoch ${number(verdict.epoch)}</a>.${score}`;
  return html`<section aria-labelledby="numbers">
    <h2 id="numbers">The numbers</h2>
    <p class="quiet">${from} <a href="/methodology">How they are made</a></p>
    <table class="numbers">
      <caption class="unseen">
        The five slices, each with its interval and its samples
      </caption>
      <thead>
        <tr>
          <th scope="col">Slice</th>
          <th scope="col">Value</th>
          <th scope="col">How sure</th>
          <th scope="col" class="num">From</th>
        </tr>
      </thead>
      <tbody>
        ${slices.map((slice) => row(slice, profile))}
      </tbody>
    </table>
  </section>`;
}
