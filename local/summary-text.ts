// The summary as a person reads it, and as data.
import type { Finding } from './findings.ts';
import { plural, table } from './picture.ts';
import { count, tierName, type EpochSummary, type NodeSummary, type Summary, type ValidatorSummary } from './summary.ts';
import { percentText, scoreText, tokensText } from './tokens.ts';

function epochLines({ epoch, root, transactionHash, round, signers, reports, seconds }: EpochSummary): string[] {
  const latest = Math.max(0, ...reports.map((report) => report.seconds));
  return [
    `Epoch ${String(epoch)}: ${plural(reports.length, 'report')}, the last ${String(latest)} s after its end; root of round ` +
      `${String(round)}, signed by ${String(signers)}, on chain ${String(seconds)} s after its end`,
    `  root        ${root}`,
    `  transaction ${transactionHash}`,
  ];
}

function nodeRow({ name, behaviour, verdicts, score }: NodeSummary): string[] {
  const [pass, fail, skipped] = [count(verdicts, 'pass'), count(verdicts, 'fail'), count(verdicts, 'void')];
  const reasons = Object.entries({ ...verdicts.fail, ...verdicts.void }).map(([reason, n]) => `${reason} ${String(n)}`);
  return [
    behaviour === name ? name : behaviour === 'honest' ? name : `${name} (${behaviour})`,
    String(pass),
    String(fail),
    String(skipped),
    score === null ? '–' : scoreText(score.scorePpm),
    score === null ? '–' : tierName(score),
    reasons.join(', '),
  ];
}

function nodeLines(nodes: readonly NodeSummary[]): string[] {
  const head = ['node', 'passed', 'failed', 'void', 'score', 'tier', 'reasons'];
  const part = (title: string, some: readonly NodeSummary[]): string[] =>
    some.length === 0 ? [] : [title, ...table([head, ...some.map(nodeRow)], '  ')];
  return [
    ...part(
      'Honest nodes',
      nodes.filter(({ behaviour }) => behaviour === 'honest'),
    ),
    ...part(
      'Dishonest nodes',
      nodes.filter(({ behaviour }) => behaviour !== 'honest'),
    ),
  ];
}

function validatorRow({ name, behaviour, staked, stake, line, earned, reports, checks }: ValidatorSummary): string[] {
  return [
    behaviour === 'honest' ? name : `${name} ${behaviour}`,
    tokensText(stake),
    stake === staked ? '' : `−${tokensText(staked - stake)}`,
    ...(line === null
      ? ['–', '–', '–', '–']
      : [line.weightPpm, line.accuracyPpm, line.agreementPpm, line.coveragePpm].map(percentText)),
    tokensText(earned),
    String(reports),
    Object.entries(checks)
      .map(([check, n]) => `${check} ${String(n)}`)
      .join(', '),
  ];
}

/** Slashes that differ in nothing that is said are one line, with how many they are. */
function slashLines({ slashes }: Summary): string[] {
  if (slashes.length === 0) return [];
  const counts = new Map<string, { row: readonly string[]; n: number }>();
  for (const { offender, kind, epoch, ppm, executed } of slashes) {
    const what = epoch === null ? kind : `${kind} in epoch ${String(epoch)}`;
    const row = [offender, what, percentText(ppm), executed ? 'taken' : 'queued'];
    const key = row.join('/');
    counts.set(key, { row, n: (counts.get(key)?.n ?? 0) + 1 });
  }
  const rows = [...counts.values()].map(({ row, n }) => [...row, n === 1 ? '' : `${String(n)} times`]);
  return ['Slashes', ...table(rows, '  ')];
}

/** What was expected, and what was found. */
export function findingLines(findings: readonly Finding[]): string[] {
  return findings.length === 0
    ? []
    : ['Expected → found', ...findings.map(({ text, found, ok }) => `  ${ok ? '✓' : '✗'} ${text} → ${found}`)];
}

export function summaryText(summary: Summary, findings: readonly Finding[]): string {
  const head = [
    'validator',
    'stake',
    'slashed',
    'weight',
    'accuracy',
    'agreement',
    'coverage',
    'earned',
    'reports',
    'failed checks',
  ];
  const skipped = summary.skipped.map((epoch) => `Epoch ${String(epoch)} was skipped: its reports count in the next root`);
  return [
    ...summary.epochs.flatMap(epochLines),
    ...skipped,
    ...nodeLines(summary.nodes),
    'Validators',
    ...table([head, ...summary.validators.map(validatorRow)], '  '),
    ...slashLines(summary),
    ...findingLines(findings),
  ].join('\n');
}

/** One JSON object; amounts are decimal strings in the token's smallest unit. */
export function summaryJson(summary: Summary, findings: readonly Finding[]): string {
  const ok = findings.every((finding) => finding.ok);
  return JSON.stringify({ ok, ...summary, findings }, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}
