// The flags of `npm start -- …`.
import { parseArgs } from 'node:util';
import { LocalError, messageOf } from './errors.ts';
import { PORT_DEFAULT } from './limits.ts';
import { nodePlans, type NodePlan } from './scenario.ts';

export type Options = {
  /** Stop after so many audited epochs are on chain; null runs until a signal. */
  readonly epochs: number | null;
  readonly json: boolean;
  readonly port: number;
  readonly nodes: readonly NodePlan[];
};

const EPOCHS_MAX = 10_000;

export const USAGE = `Runs a whole Assay network on this machine: chain, beacon, nodes (some dishonest) and one validator.

  npm start                     until ctrl-C, with live progress
  npm start -- --epochs 2       stop after two audited epochs are on chain, with a summary

  --epochs N    stop after N audited epochs; exit code 0 only if all are on chain
  --json        the summary as one JSON object on the last line of standard output
  --port P      of the pages and the API on 127.0.0.1 (${String(PORT_DEFAULT)}); 0 lets the system choose
  --nodes N     how many nodes (12); up to four of them are dishonest
  --help        this text
`;

function integer(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < min || value > max) {
    throw new LocalError(`--${name} is "${text}", but must be a whole number from ${String(min)} to ${String(max)}.`, 2);
  }
  return value;
}

/** Null asks for the help text. @throws LocalError with exit code 2 */
export function readOptions(args: readonly string[]): Options | null {
  const string = { type: 'string' } as const;
  const boolean = { type: 'boolean' } as const;
  const options = { epochs: string, port: string, nodes: string, json: boolean, help: boolean };
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];
  try {
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    throw new LocalError(`${messageOf(error)}\n  Mend: npm start -- --help`, 2);
  }
  if (values.help === true) return null;
  return {
    epochs: values.epochs === undefined ? null : integer('epochs', values.epochs, 1, EPOCHS_MAX),
    json: values.json === true,
    port: values.port === undefined ? PORT_DEFAULT : integer('port', values.port, 0, 65_535),
    nodes: nodePlans(values.nodes === undefined ? undefined : Number(values.nodes)),
  };
}
