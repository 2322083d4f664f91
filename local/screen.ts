// What a person sees while the network runs. On a terminal a few lines that are rewritten in place; elsewhere (a log, a pipe) one
// line for each slot and each event, and nothing twice.
import { stripVTControlCharacters } from 'node:util';
import type { EpochProgress } from './progress.ts';

export type Stream = { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };

export type View = {
  /** Of the running slot; null before the first epoch. */
  readonly epoch: number;
  readonly slot: number;
  readonly slotsPerEpoch: number;
  readonly secondsToStart: number;
  readonly progress: readonly EpochProgress[];
  readonly trouble: string | null;
};

export type Screen = {
  /** A line that stays. */
  say(line: string): void;
  show(view: View): void;
  /** Leaves the last picture as it is. */
  close(): void;
};

const plural = (n: number, word: string): string => `${String(n)} ${word}${n === 1 ? '' : 's'}`;

function reasonsText(entry: EpochProgress): string {
  const parts = Object.entries(entry.reasons)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, n]) => `${reason} ${String(n)}`);
  return parts.join(', ');
}

function countsText(entry: EpochProgress): string {
  const audits = entry.pass + entry.fail + entry.void;
  if (audits === 0) return 'no audit finished yet';
  const outcomes = `${String(entry.pass)} passed, ${String(entry.fail)} failed, ${String(entry.void)} void`;
  const reasons = reasonsText(entry);
  return `${plural(audits, 'audit')}: ${outcomes}${reasons === '' ? '' : ` (${reasons})`}`;
}

function nowText({ epoch, slot, slotsPerEpoch, secondsToStart }: View): string {
  if (secondsToStart > 0) return `the first audited epoch begins in ${plural(secondsToStart, 'second')}`;
  return `epoch ${String(epoch)}, slot ${String(slot + 1)} of ${String(slotsPerEpoch)}`;
}

const stateText: Record<EpochProgress['state'], string> = {
  frozen: 'waits for its beacon',
  open: 'running',
  sealing: 'being sealed',
  sealed: 'sealed, on its way to the chain',
  posted: 'on chain',
  abandoned: 'abandoned',
};

function picture(view: View): string[] {
  const posted = view.progress.findLast(({ state }) => state === 'posted');
  const recent = view.progress.filter(({ state }) => state !== 'frozen').slice(-3);
  return [
    nowText(view),
    ...recent.flatMap((entry) => [
      `  epoch ${String(entry.epoch)}  ${stateText[entry.state]}`,
      `    ${countsText(entry)}`,
      ...(entry.note === null ? [] : [`    ${entry.note}`]),
    ]),
    ...(posted === undefined
      ? []
      : [
          `newest report: epoch ${String(posted.epoch)}, root and transaction`,
          `  ${posted.root ?? ''}`,
          `  ${posted.transactionHash ?? ''}`,
        ]),
    ...(view.trouble === null ? [] : [`trouble: ${view.trouble}`]),
  ];
}

/** Some terminals say that they have no columns. */
const widthOf = ({ columns = 0 }: Stream): number => (columns > 20 ? columns : 80);

function liveScreen(stream: Stream): Screen {
  let shown = 0;
  let last: readonly string[] = [];
  const fit = (line: string): string => stripVTControlCharacters(line).slice(0, widthOf(stream) - 1);
  const clear = (): string => (shown > 0 ? `\u001b[${String(shown)}A\u001b[0J` : '');
  const draw = (before: string): void => {
    stream.write(`${clear()}${before}${last.map((line) => `${fit(line)}\n`).join('')}`);
    shown = last.length;
  };
  return {
    say: (line) => draw(`${line}\n`),
    show(view) {
      const next = picture(view);
      if (next.join('\n') === last.join('\n')) return;
      last = next;
      draw('');
    },
    close() {
      shown = 0;
      last = [];
    },
  };
}

function lineScreen(stream: Stream): Screen {
  const said = new Set<string>();
  const once = (key: string, line: string): void => {
    if (said.has(key)) return;
    said.add(key);
    stream.write(`${line}\n`);
  };
  return {
    say: (line) => void stream.write(`${line}\n`),
    show(view) {
      const { epoch, slot, progress, trouble } = view;
      const running = progress.find((entry) => entry.epoch === epoch && entry.state === 'open');
      if (running !== undefined) once(`${String(epoch)}/${String(slot)}`, `${nowText(view)}: ${countsText(running)}`);
      for (const entry of progress) {
        if (['frozen', 'open'].includes(entry.state)) continue;
        const root = entry.root === null ? '' : `, root ${entry.root}`;
        const transaction = entry.transactionHash === null ? '' : `, transaction ${entry.transactionHash}`;
        const name = `epoch ${String(entry.epoch)}`;
        if (entry.state === 'posted') once(`${name} posted`, `${name} is on chain: ${countsText(entry)}${root}${transaction}`);
        else
          once(`${name} ${entry.state}`, `${name} is ${stateText[entry.state]}${entry.note === null ? '' : `: ${entry.note}`}`);
      }
      if (trouble !== null) once(trouble, `trouble: ${trouble}`);
    },
    close: () => undefined,
  };
}

export function openScreen(stream: Stream): Screen {
  return stream.isTTY === true ? liveScreen(stream) : lineScreen(stream);
}
