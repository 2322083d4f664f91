// What each grade asks for, and the tiers below it: read from the rule that gives them.
import { html } from 'hono/html';
import type { Policy } from '../../../protocol/policy.ts';
import { SAMPLES_MIN } from '../../../schema/api/nodes.ts';
import {
  EVIDENCE_FULL,
  EVIDENCE_VALIDATORS,
  GRADE_ASKS,
  JOB_EPOCHS,
  LATENCY_EMPTY_MS,
  LATENCY_FULL_MS,
  PERFORMANCE_FULL,
  SHARE_EMPTY_PPM,
  WRONG_BELOW_PPM,
} from '../../services/profiles/limits.ts';
import { duration, number, plural, share } from './format.ts';
import type { Html } from './html.ts';
import { heads } from './parts.ts';
import { stretch } from './profile-words.ts';

function tiersWords({ consensus: { tiers } }: Policy): string {
  return tiers.map(({ name, scorePpm }) => `${name} from ${share(scorePpm)}`).join(', ');
}

function askRow(
  { grade, correct, passed, uptime, latencyMs, tier, validators }: (typeof GRADE_ASKS)[number],
  policy: Policy,
): Html {
  const { tiers } = policy.consensus;
  return html`<tr>
    <th scope="row">${grade}</th>
    <td data-label="Score" class="num">tier&nbsp;${tiers[Math.min(tier, tiers.length) - 1]?.name ?? number(tier)}</td>
    <td data-label="Right answers" class="num">≥ ${share(correct)}</td>
    <td data-label="Jobs passed" class="num">≥ ${share(passed)}</td>
    <td data-label="There" class="num">≥ ${share(uptime)}</td>
    <td data-label="Answers in" class="num">≤ ${duration(latencyMs)}</td>
    <td data-label="Seen by" class="num">≥ ${plural(validators, 'validator')}</td>
  </tr>`;
}

/** What the number of epochs, meant for hourly ones, is here. */
const overWords = (epochSeconds: number): string => `${plural(JOB_EPOCHS, 'epoch')} (${stretch(JOB_EPOCHS, epochSeconds)})`;

/** @param epochSeconds length of an epoch */
export function gradesSection(policy: Policy, epochSeconds: number): Html {
  return html`<section aria-labelledby="grades">
    <h2 id="grades">Grades</h2>
    <p>
      The score alone puts a node into a tier, on chain: ${tiersWords(policy)}. The grade is a word for people: the first of these
      whose every condition is met. Shares are lower ends of two-sided 95 % intervals, times are medians. Right answers are
      counted among the signed ones, jobs passed among all, over ${overWords(epochSeconds)} up to the newest root, in the reports
      that were found right here; with fewer than ${number(SAMPLES_MIN)} of them, and for everything else, the root’s own window
      counts.
    </p>
    <table>
      ${heads(['Grade', 'Score#', 'Right answers#', 'Jobs passed#', 'There when asked#', 'Answers in#', 'Seen by#'])}
      <tbody>
        ${GRADE_ASKS.map((ask) => askRow(ask, policy))}
      </tbody>
    </table>
    <ul class="plain">
      <li><b>poor</b>: graded, but meets none of these.</li>
      <li>
        <b>failing</b>: its score is below all tiers, or its results were wrong: the upper end of right answers is under
        ${share(WRONG_BELOW_PPM)}, in the root’s window or in these ${number(JOB_EPOCHS)} epochs.
      </li>
      <li><b>unproven</b>: fewer than ${number(SAMPLES_MIN)} audits; a number would say too little.</li>
    </ul>
    <h3>The five slices of a profile</h3>
    <ul class="plain">
      <li>Correctness and uptime are empty at ${share(SHARE_EMPTY_PPM)} and full at 100 %.</li>
      <li>Performance is full at ${String(PERFORMANCE_FULL)} times the rate that the class asks for.</li>
      <li>Latency is full at ${duration(LATENCY_FULL_MS)} and empty at ${duration(LATENCY_EMPTY_MS)}.</li>
      <li>Evidence is full at ${plural(EVIDENCE_FULL, 'audit')} by ${plural(EVIDENCE_VALIDATORS, 'validator')}.</li>
    </ul>
  </section>`;
}
