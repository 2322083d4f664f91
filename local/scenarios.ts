// Who misbehaves in a run, and what must come of it. One dishonest validator stands beside four honest ones; what is expected of
// score, reward and stake is written down here and held against what was found.
import { dishonestValidators, type DishonestName } from './dishonest/names.ts';
import { LocalError } from './errors.ts';
import { usualFindings, validatorNamed, type Finding } from './findings.ts';
import { EPOCH_SECONDS, FIRST_EPOCH } from './limits.ts';
import type { Network } from './network.ts';
import { dishonest, nodePlans, type NodePlan } from './node-plans.ts';
import type { SlashSummary, Summary } from './summary.ts';
import { percentText, tokensText } from './tokens.ts';
import { honestValidators, type ValidatorPlan } from './validators.ts';

export type Scenario = {
  readonly name: string;
  /** What happens, in one sentence. */
  readonly text: string;
  readonly validators: readonly ValidatorPlan[];
  /** The usual ones if not given. */
  readonly nodes?: readonly NodePlan[];
  /** Epochs with a root that its expectations need. */
  readonly epochs: number;
  /** What is done to the network while it runs. */
  readonly act?: (network: Network, signal: AbortSignal) => Promise<void>;
  /** Faults that must be slashed before the summary is made. */
  readonly slashes: number;
  readonly findings: (summary: Summary) => readonly Finding[];
};

const HONEST = 4;
/** The dishonest one's name among v1, v2, …. */
const OFFENDER = `v${String(HONEST + 1)}`;

/** How each provable fault is called, and what it costs in millionths of the stake. */
const FAULTS = { 'two-reports': 500_000, 'two-roots': 500_000, undrawn: 100_000, 'two-receipts': 200_000 } as const;
type FaultName = keyof typeof FAULTS;

export function slashed(summary: Summary, offender: string, kind: FaultName): Finding {
  const found = summary.slashes.filter((slash) => slash.offender === offender && slash.kind === kind);
  const taken = found.filter(({ executed }) => executed);
  const lost = validatorNamed(summary, offender);
  const loss = lost === undefined ? '' : `, stake ${tokensText(lost.staked)} → ${tokensText(lost.stake)}`;
  return {
    text: `${offender} is slashed ${percentText(FAULTS[kind])} for ${kind}`,
    found: `${String(found.length)} proven, ${String(taken.length)} taken${loss}`,
    ok: taken.length > 0 && taken.every(({ ppm }) => ppm === FAULTS[kind]),
  };
}

/** Nobody but these is slashed. */
export function nobodyElse(summary: Summary, offenders: readonly string[]): Finding {
  const others = summary.slashes.filter(({ offender }: SlashSummary) => !offenders.includes(offender));
  const names = others.map(({ offender, kind }) => `${offender} (${kind})`).join(', ');
  return { text: 'nobody else is slashed', found: names === '' ? 'nobody' : names, ok: others.length === 0 };
}

/** The others name what is wrong with its archives. */
export function refused(summary: Summary, name: string, check?: RegExp): Finding {
  const checks = Object.entries(validatorNamed(summary, name)?.checks ?? {});
  const found = checks.map(([text, n]) => `${text} ${String(n)}`).join(', ');
  return {
    text: `${name}’s archives are refused, with the check that failed`,
    found: found === '' ? 'no check failed' : found,
    ok: checks.length > 0 && (check === undefined || checks.some(([text]) => check.test(text))),
  };
}

export function unpaid(summary: Summary, name: string): Finding {
  const earned = validatorNamed(summary, name)?.earned ?? 0n;
  return { text: `${name} earns nothing`, found: `earned ${tokensText(earned)}`, ok: earned === 0n };
}

/** It is paid less than any honest one; at equal stake that is its lies' doing. */
function underpaid(summary: Summary, name: string): Finding {
  const earned = validatorNamed(summary, name)?.earned ?? 0n;
  const honest = summary.validators.filter(({ behaviour }) => behaviour === 'honest');
  const least = honest.reduce((min, one) => (one.earned < min ? one.earned : min), honest[0]?.earned ?? 0n);
  return {
    text: `${name} earns less than everybody else`,
    found: `earned ${tokensText(earned)}, the others at least ${tokensText(least)}`,
    ok: earned < least,
  };
}

function lessAccurate(summary: Summary, name: string): Finding {
  const accuracy = validatorNamed(summary, name)?.line?.accuracyPpm ?? 0;
  const others = summary.validators.filter((one) => one.name !== name).map(({ line }) => line?.accuracyPpm ?? 0);
  return {
    text: `${name}’s accuracy falls below everybody else’s`,
    found: `${percentText(accuracy)}, the others at least ${percentText(Math.min(...others))}`,
    ok: accuracy < Math.min(...others),
  };
}

function paid(summary: Summary, name: string): Finding {
  const earned = validatorNamed(summary, name)?.earned ?? 0n;
  return { text: `${name} is paid for what it did`, found: `earned ${tokensText(earned)}`, ok: earned > 0n };
}

/** A dishonest validator of this kind beside four honest ones. */
function against(
  behaviour: DishonestName,
  findings: (summary: Summary) => readonly Finding[],
  more: Partial<Pick<Scenario, 'epochs' | 'slashes' | 'nodes' | 'act'>> = {},
): Scenario {
  const offender: ValidatorPlan = { name: OFFENDER, behaviour };
  const slashes = more.slashes ?? 0;
  return {
    ...{ name: behaviour, text: `${OFFENDER} ${dishonestValidators[behaviour]}`, epochs: 3, ...more, slashes },
    validators: [...honestValidators(HONEST), offender],
    findings: (summary) => [...usualFindings(summary), ...findings(summary), nobodyElse(summary, slashes > 0 ? [OFFENDER] : [])],
  };
}

/** Waits for a time of the network; ends early when the run does. */
async function until(network: Network, epoch: number, plusSeconds: number, signal: AbortSignal): Promise<void> {
  const { genesis, slotSeconds, slotsPerEpoch } = network.clock;
  const at = 1000 * (genesis + epoch * slotSeconds * slotsPerEpoch + plusSeconds);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, at - Date.now()));
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

const crashed: Scenario = {
  name: 'crashed',
  text: `v${String(HONEST)} is killed in the middle of an epoch, and is back half an epoch later`,
  validators: honestValidators(HONEST),
  epochs: 3,
  slashes: 0,
  act: async (network, signal) => {
    await until(network, FIRST_EPOCH, EPOCH_SECONDS / 2, signal);
    if (signal.aborted) return;
    await network.validators[HONEST - 1]?.crash(() => until(network, FIRST_EPOCH + 1, 0, signal));
  },
  findings: (summary) => [...usualFindings(summary), paid(summary, `v${String(HONEST)}`), nobodyElse(summary, [])],
};

const twoReceipts: Scenario = {
  name: 'two-receipts',
  text: 'a node opens and signs a second commitment for each challenge',
  validators: honestValidators(HONEST),
  nodes: [...nodePlans(11).slice(0, 8), dishonest('two-commitments')],
  epochs: 2,
  slashes: 1,
  findings: (summary) => [
    ...usualFindings(summary),
    slashed(summary, 'two-commitments', 'two-receipts'),
    nobodyElse(summary, ['two-commitments']),
  ],
};

const all: readonly Scenario[] = [
  against('equivocator', (summary) => [slashed(summary, OFFENDER, 'two-reports')], { slashes: 1 }),
  // A few audits of a node prove no lie: it takes some epochs until its rates lie outside of what chance explains.
  against('slanderer', (summary) => [underpaid(summary, OFFENDER), lessAccurate(summary, OFFENDER)], { epochs: 4 }),
  against('flatterer', (summary) => [refused(summary, OFFENDER), underpaid(summary, OFFENDER)]),
  against('copier', (summary) => [unpaid(summary, OFFENDER)]),
  against('omitter', (summary) => [refused(summary, OFFENDER), unpaid(summary, OFFENDER)]),
  against('withholder', (summary) => [refused(summary, OFFENDER), unpaid(summary, OFFENDER)]),
  against('single-server', (summary) => [paid(summary, OFFENDER)]),
  against('late', (summary) => [unpaid(summary, OFFENDER)]),
  crashed,
  against('schedule-cheat', (summary) => [slashed(summary, OFFENDER, 'undrawn'), unpaid(summary, OFFENDER)], { slashes: 1 }),
  against('wrong-root', (summary) => [slashed(summary, OFFENDER, 'two-roots')], { slashes: 1 }),
  twoReceipts,
  against('partitioned', (summary) => [paid(summary, OFFENDER)], { epochs: 5 }),
];

export const scenarioNames: readonly string[] = all.map(({ name }) => name);

/** @throws LocalError with exit code 2 for a name that is none */
export function scenarioNamed(name: string): Scenario {
  const found = all.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  throw new LocalError(`There is no scenario "${name}".\n  Mend: npm start -- --scenario list`, 2);
}

/** A line for each scenario. */
export function scenarioList(): string {
  const width = Math.max(...scenarioNames.map((name) => name.length));
  return all.map(({ name, text }) => `  ${name.padEnd(width)}  ${text}\n`).join('');
}
