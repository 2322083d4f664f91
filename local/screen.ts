// What a person sees while the network runs. On a terminal a few lines that are rewritten in place; elsewhere (a log, a pipe) one
// line for each slot and each event, and nothing twice.
import { stripVTControlCharacters } from 'node:util';
import { countsText, epochText, nameText, nowText, picture } from './picture.ts';
import type { EpochView, ValidatorView, View } from './view.ts';

export type Stream = { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };

export type Screen = {
  /** A line that stays. */
  say(line: string): void;
  show(view: View): void;
  /** Leaves the last picture as it is. */
  close(): void;
};

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

/** What became of one validator's epoch, as lines that are said once each. */
function validatorLines(name: string, one: ValidatorView): string[] {
  const lines: string[] = [];
  const who = `${name}: ${nameText(one)}`;
  if (one.state === 'posted') lines.push(`${who}’s report is on chain, ${countsText([one])}`);
  if (one.state === 'abandoned') lines.push(`${who} has no report: ${one.note ?? 'no reason given'}`);
  if (one.check !== null) lines.push(`${who}’s archive does not stand: ${one.check}`);
  return lines;
}

function epochLines(view: EpochView): string[] {
  const name = `epoch ${String(view.epoch)}`;
  const signers = view.validators.filter(({ signed }) => signed).length;
  const { root } = view;
  const outcome =
    root === null
      ? view.skipped
        ? [`${name} is ${epochText(view)}`]
        : []
      : [`${name} is ${epochText(view)}: root ${root.hash}, round ${String(root.round)}`];
  const agreed = root === null && signers > 0 ? [`${name}: the first root is signed`] : [];
  return [...view.validators.flatMap((one) => validatorLines(name, one)), ...agreed, ...outcome];
}

function lineScreen(stream: Stream): Screen {
  const said = new Set<string>();
  const once = (key: string, line = key): void => {
    if (said.has(key)) return;
    said.add(key);
    stream.write(`${line}\n`);
  };
  return {
    say: (line) => void stream.write(`${line}\n`),
    show(view) {
      const { epoch, slot, epochs, faults, trouble } = view;
      const running = epochs.find((entry) => entry.epoch === epoch);
      if (running !== undefined) once(`${String(epoch)}/${String(slot)}`, `${nowText(view)}: ${countsText(running.validators)}`);
      for (const line of epochs.flatMap(epochLines)) once(line);
      for (const { name, kind, epoch: at, state } of faults) once(`${name}: ${kind} in epoch ${String(at)}, ${state}`);
      if (trouble !== null) once(`trouble: ${trouble}`);
    },
    close: () => undefined,
  };
}

export function openScreen(stream: Stream): Screen {
  return stream.isTTY === true ? liveScreen(stream) : lineScreen(stream);
}
