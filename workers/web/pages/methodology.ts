// `/methodology`: how a number comes about, what it is held against, and what it cannot show. Every number is read from the policy in
// force or from the rule's own code; none is typed by hand.
import { html } from 'hono/html';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../../protocol/challenge.ts';
import { MILLION, SAMPLES_CAP } from '../../../protocol/consensus/integers.ts';
import { SEATS_FINAL_MIN } from '../../../protocol/consensus/rule.ts';
import { CAP_PPM, SEATS_MAX } from '../../../protocol/consensus/weights.ts';
import type { KindEntry, Policy } from '../../../protocol/policy.ts';
import { METHODOLOGY_VERSION } from '../../services/profiles/limits.ts';
import type { WebSettings } from '../../services/views/ports.ts';
import { wilson } from '../../services/views/wilson.ts';
import { classesSection } from './classes.ts';
import { curveFigure } from './curves.ts';
import { number, plural, share, span } from './format.ts';
import { gradesSection } from './grades.ts';
import type { Html } from './html.ts';
import { layout } from './layout.ts';
import { limitsSection } from './limits.ts';
import { heads } from './parts.ts';

/** One-sided 95 %. */
const Z_ONE_SIDED = 1.645;
/** The widest skip drawn in the curve of what sampling catches. */
const SKIP_SHOWN = 0.2;
/** The most audits drawn in the curve of what they are worth. */
const AUDITS_SHOWN = 1_000;

const ASKED: Readonly<Record<number, { readonly name: string; readonly asks: string }>> = {
  [KIND_GEMM]: {
    name: 'Multiplication',
    asks: 'Multiply large matrices made from a fresh nonce and public randomness, commit to every entry, then show drawn ones.',
  },
  [KIND_VRAM]: {
    name: 'Memory',
    asks: 'Fill memory with data made for this node, read all of it again and again in a fresh order, then show drawn pages.',
  },
  [KIND_PRESENCE]: { name: 'Presence', asks: 'Sign a fresh nonce, asked from a drawn region.' },
};

function kindRow(entry: KindEntry, { kinds, schedule }: Policy): Html {
  const all = kinds.reduce((sum, { weight }) => sum + weight, 0);
  const daily = (schedule.auditsPerNodePerDay * entry.weight) / all;
  const { name, asks } = ASKED[entry.kind] ?? { name: `Kind ${number(entry.kind)}`, asks: '–' };
  return html`<tr>
    <th scope="row">
      ${name}<small>${entry.cohort === 1 ? 'one node' : `up to ${number(entry.cohort)} nodes of one operator at once`}</small>
    </th>
    <td data-label="Asks" class="wide">${asks}</td>
    <td data-label="A node a day" class="num">${number(daily)}</td>
    <td data-label="Of all" class="num">${share(Math.round((MILLION * entry.weight) / all))}</td>
  </tr>`;
}

function askedSection({ policy, clock }: WebSettings): Html {
  const { schedule, beacon, regions, presence } = policy;
  return html`<section aria-labelledby="asked">
    <h2 id="asked">What is asked</h2>
    <p>
      Each node is asked about ${number(schedule.auditsPerNodePerDay)} times a day by all validators together, in epochs of
      ${span(clock.slotSeconds * clock.slotsPerEpoch)}. Who is asked what, and when, follows from a seed that the validator
      committed to beforehand and from a public random beacon: nobody chooses, and anybody can replay it. A challenge cannot exist
      before its round of the beacon, and counts only within ${plural(beacon.freshnessRounds, 'round')} of
      ${span(beacon.periodSeconds)}.
    </p>
    <table>
      ${heads(['Question', 'What the node has to do', 'A node a day#', 'Of all#'])}
      <tbody>
        ${policy.kinds.map((entry) => kindRow(entry, policy))}
      </tbody>
    </table>
    <p class="quiet">
      Presence is asked from ${plural(regions.length, 'region')} (${regions.join(', ')}) and has
      ${span(presence.deadlineMs / 1000)} for an answer.
    </p>
  </section>`;
}

/** What sampling catches, by the openings of the policy's first class. */
function samplingCurve({ classes }: Policy): Html {
  const job = classes[0];
  if (job === undefined) return html``;
  const { openings, proofPpm } = job.gemm;
  const missed = 1 - proofPpm / MILLION;
  const caught = (skipped: number): number => 1 - (1 - skipped) ** openings;
  const sure = share(Math.round(MILLION * caught(missed)));
  const words = `Who leaves out ${share(Math.round(MILLION * missed))} of the work is caught with a chance of ${sure} in a single audit.`;
  return curveFigure({
    label: `Chance of being caught in one audit, by the share of the work left out. ${words}`,
    caption: `${number(openings)} drawn places of the result are checked.`,
    at: (x) => caught(x * SKIP_SHOWN),
    ...{ left: '0 % of the work left out', right: `${share(MILLION * SKIP_SHOWN)} left out`, top: 'caught: 100 %' },
    mark: { x: missed / SKIP_SHOWN, words },
  });
}

/** What a spotless record is worth, by how long it is. */
function evidenceCurve({ consensus }: Policy): Html {
  const low = (audits: number): number => (audits < 1 ? 0 : wilson(audits, audits, Z_ONE_SIDED).low);
  const from = 0.5;
  const words = `With ${number(consensus.samplesMin)} audits, the fewest that give a grade, it is ${share(Math.floor(MILLION * low(consensus.samplesMin)))}.`;
  return curveFigure({
    label: `Score of a node that passed every audit, by the number of audits. ${words}`,
    caption: 'The score of a node that never failed.',
    at: (x) => Math.max(0, (low(x * AUDITS_SHOWN) - from) / (1 - from)),
    ...{ left: `no audits; a score of ${share(MILLION * from)}`, right: `${number(AUDITS_SHOWN)} audits`, top: 'score: 100 %' },
    mark: { x: consensus.samplesMin / AUDITS_SHOWN, words },
  });
}

function scoreSection({ policy, clock }: WebSettings): Html {
  const { windowEpochs, clipTolerancePpm, busyPpm, samplesMin } = policy.consensus;
  const window = span(windowEpochs * clock.slotSeconds * clock.slotsPerEpoch);
  return html`<section aria-labelledby="score">
    <h2 id="score">From audits to a score</h2>
    <ol class="how">
      <li>
        All passed and failed jobs of the last ${plural(windowEpochs, 'epoch')} (${window}) count, of each validator whose report
        stands; at most ${number(SAMPLES_CAP)} of one validator and node. Void audits, where nobody can say whose fault it was,
        count for nothing.
      </li>
      <li>
        Each validator’s pass rate is pulled to within one standard error (and ${share(clipTolerancePpm)}) of the weighted median:
        no voice is thrown away, and none decides.
      </li>
      <li>The mean of these rates, by weight and number of audits, is the pass rate.</li>
      <li>
        The score is its lower end: the true rate lies above it with 95 % confidence (Wilson’s interval). Under
        ${number(samplesMin)} audits there is no grade.
      </li>
      <li>
        A node may say “busy” while it works for somebody who has an audit, too, in ${share(busyPpm)} of its jobs and one more.
        What is above counts as failed.
      </li>
    </ol>
    <div class="two">${samplingCurve(policy)} ${evidenceCurve(policy)}</div>
  </section>`;
}

function decideSection({ policy, clock }: WebSettings): Html {
  const { consensus, schedule } = policy;
  const epoch = clock.slotSeconds * clock.slotsPerEpoch;
  return html`<section aria-labelledby="decide">
    <h2 id="decide">Who decides</h2>
    <div class="two">
      <ul class="plain">
        <li>
          At most ${number(SEATS_MAX)} validators have a seat. A seat weighs what it staked, but no more than
          ${share(Number(CAP_PPM))}.
        </li>
        <li>A root over all scores counts once two thirds of that weight signed it, each having computed the same.</li>
        <li>With fewer than ${number(SEATS_FINAL_MIN)} seats a root is provisional: nobody is penalised by it.</li>
        <li>
          Weight falls with accuracy: how far a validator agreed over ${plural(consensus.accuracyEpochs, 'epoch')}. Up to
          ${share(consensus.agreementTolerancePpm)} of its audits may be off by more than chance explains.
        </li>
        <li>A report that lacks more than ${share(consensus.notDoneMaxPpm)} of its due audits earns nothing.</li>
      </ul>
      <ol class="clock">
        <li><b>0</b> an epoch of ${span(epoch)} ends, results still secret</li>
        <li><b>${span(schedule.settleSeconds)}</b> late answers are in; each validator seals its audits under one root</li>
        <li><b>${span(schedule.revealSeconds)}</b> all archives become public; everybody fetches and replays the others’</li>
        <li>
          <b>${span(schedule.revealSeconds + consensus.mirrorSeconds)}</b> the first root is proposed; a further round each
          ${span(consensus.roundSeconds)}
        </li>
      </ol>
    </div>
  </section>`;
}

export function methodologyPage(settings: WebSettings): Html {
  const { policy, policyHash, clock } = settings;
  const body = html`<h1>How a number comes about</h1>
    <p class="lead">
      What is asked of a node, how answers become a score, which thresholds it is held against, and what none of this can show.
    </p>
    <p class="quiet">
      Methodology ${METHODOLOGY_VERSION} · policy <a href="/v1/policies/${policyHash}">${policy.name}</a>, version
      ${number(policy.version)}, whose hash <span class="hash">${policyHash}</span> is in every report on chain. All numbers below
      are read from it.
    </p>
    ${askedSection(settings)} ${scoreSection(settings)} ${gradesSection(policy, clock.slotSeconds * clock.slotsPerEpoch)}
    ${classesSection(policy)} ${decideSection(settings)} ${limitsSection}`;
  const about = 'How GPU nodes are audited and scored: weights, thresholds, classes, who decides, and what is not proven.';
  return layout({ title: 'Methodology · Assay', about, body, settings, room: 'methodology' });
}
