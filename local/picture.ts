// The words and columns in which a running network is shown.
import type { EpochProgress } from './progress.ts';
import type { EpochView, ValidatorView, View } from './view.ts';

export const plural = (n: number, word: string): string => `${String(n)} ${word}${n === 1 ? '' : 's'}`;

/** Columns padded to their widest cell, joined by two spaces. */
export function table(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows.map((row) => `${indent}${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd());
}

function reasonsText(reasons: EpochProgress['reasons']): string {
  return Object.entries(reasons)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, n]) => `${reason} ${String(n)}`)
    .join(', ');
}

/** What one or several validators found so far. */
export function countsText(parts: readonly Pick<ValidatorView, 'pass' | 'fail' | 'void' | 'reasons'>[]): string {
  const sum = (pick: (part: (typeof parts)[number]) => number): number => parts.reduce((n, part) => n + pick(part), 0);
  const [pass, fail, voided] = [sum((part) => part.pass), sum((part) => part.fail), sum((part) => part.void)];
  if (pass + fail + voided === 0) return 'no audit finished yet';
  const reasons: Record<string, number> = {};
  for (const part of parts) for (const [reason, n] of Object.entries(part.reasons)) reasons[reason] = (reasons[reason] ?? 0) + n;
  const detail = reasonsText(reasons);
  const outcomes = `${String(pass)} passed, ${String(fail)} failed, ${String(voided)} void`;
  return `${plural(pass + fail + voided, 'audit')}: ${outcomes}${detail === '' ? '' : ` (${detail})`}`;
}

export const stateText: Record<EpochProgress['state'], string> = {
  frozen: 'waits for its beacon',
  open: 'auditing',
  sealing: 'being sealed',
  sealed: 'sealed',
  posted: 'on chain',
  abandoned: 'no report',
};

export function nowText({ epoch, slot, slotsPerEpoch, secondsToStart }: View): string {
  if (secondsToStart > 0) return `the first audited epoch begins in ${plural(secondsToStart, 'second')}`;
  return `epoch ${String(epoch)}, slot ${String(slot + 1)} of ${String(slotsPerEpoch)}`;
}

export const nameText = ({ name, behaviour }: Pick<ValidatorView, 'name' | 'behaviour'>): string =>
  behaviour === 'honest' ? name : `${name} ${behaviour}`;

function checkedText({ state, verified, refused, others, check }: ValidatorView): string {
  if (state === 'abandoned' || verified + refused === 0) return '–';
  return `${String(verified)} of ${String(others)}${check === null ? '' : `, fails: ${check}`}`;
}

/** Where an epoch stands, in a few words. */
export function epochText({ root, round, skipped, validators }: EpochView): string {
  if (root !== null) return root.state === 'final' ? 'final' : 'disputed';
  if (skipped) return 'skipped: no root in time; its reports count in the next one';
  if (round !== null) return `agreeing, round ${String(round)}`;
  if (validators.some(({ state }) => state === 'open')) return 'auditing';
  return 'reports, then archives';
}

function openEpoch(view: EpochView): string[] {
  const rows = view.validators.map((one) => [
    nameText(one),
    String(one.pass),
    String(one.fail),
    String(one.void),
    one.state === null ? '–' : stateText[one.state],
    checkedText(one),
    one.signed ? 'yes' : '–',
  ]);
  const head = ['validator', 'passed', 'failed', 'void', 'report', 'checked by', 'signed root'];
  return [`epoch ${String(view.epoch)}  ${epochText(view)}`, ...table([head, ...rows], '  ')];
}

function doneEpoch(view: EpochView): string {
  const signers = view.validators.filter(({ signed }) => signed).length;
  const { root } = view;
  if (root === null) return `epoch ${String(view.epoch)}  ${epochText(view)}`;
  const by = `round ${String(root.round)}, signed by ${String(signers)} of ${String(view.validators.length)}`;
  return `epoch ${String(view.epoch)}  ${epochText(view)}, ${by}: ${root.hash}`;
}

/** The picture of a moment: what is done in one line each, what runs in full. */
export function picture(view: View): string[] {
  const done = view.epochs.filter(({ root, skipped }) => root !== null || skipped).slice(-4);
  const open = view.epochs.filter(({ root, skipped }) => root === null && !skipped).slice(-3);
  const faults = view.faults.map(({ name, kind, epoch, state }) => `  ${name}: ${kind} in epoch ${String(epoch)}, ${state}`);
  return [
    nowText(view),
    ...done.map(doneEpoch),
    ...open.flatMap(openEpoch),
    ...(faults.length === 0 ? [] : ['provable faults', ...faults]),
    ...(view.trouble === null ? [] : [`trouble: ${view.trouble}`]),
  ];
}
