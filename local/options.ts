// The flags of `npm start -- …`.
import { parseArgs } from 'node:util';
import { LocalError, messageOf } from './errors.ts';
import { PORT_DEFAULT, SEATS_MAX, VALIDATORS_DEFAULT } from './limits.ts';
import { nodePlans, type NodePlan } from './node-plans.ts';
import { scenarioList, scenarioNamed, type Scenario } from './scenarios.ts';
import { honestValidators, type ValidatorPlan } from './validators.ts';

export type Options = {
  /** Stop after so many audited epochs are on chain; null runs until a signal. */
  readonly epochs: number | null;
  readonly json: boolean;
  readonly port: number;
  readonly nodes: readonly NodePlan[];
  readonly validators: readonly ValidatorPlan[];
  /** Null for the usual network, in which every validator is honest. */
  readonly scenario: Scenario | null;
};

const EPOCHS_MAX = 10_000;

export const USAGE = `Runs a whole Assay network on this machine: chain, beacon, nodes (some dishonest), four validators and a gateway.

  npm start                              until ctrl-C, with live progress
  npm start -- --epochs 2                stop after two epochs have a root on chain, with a summary
  npm start -- --scenario slanderer      one validator misbehaves; ends with what became of it

  --epochs N    stop after N epochs with a root; exit code 0 only if all is as it should be
  --scenario S  who misbehaves and how; "list" shows all of them
  --validators N  how many honest validators (${String(VALIDATORS_DEFAULT)}); fewer than four make provisional roots
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

/** The options, or a text that is asked for. @throws LocalError with exit code 2 */
export function readOptions(args: readonly string[]): Options | string {
  const string = { type: 'string' } as const;
  const boolean = { type: 'boolean' } as const;
  const options = {
    ...{ epochs: string, port: string, nodes: string, validators: string, scenario: string },
    ...{ json: boolean, help: boolean },
  };
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];
  try {
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    throw new LocalError(`${messageOf(error)}\n  Mend: npm start -- --help`, 2);
  }
  if (values.help === true) return USAGE;
  if (values.scenario === 'list') return scenarioList();
  const scenario = values.scenario === undefined ? null : scenarioNamed(values.scenario);
  if (scenario !== null && values.validators !== undefined) {
    throw new LocalError('A scenario has its own validators.\n  Mend: leave --validators out', 2);
  }
  const honest = values.validators === undefined ? VALIDATORS_DEFAULT : integer('validators', values.validators, 1, SEATS_MAX);
  return {
    scenario,
    epochs: values.epochs === undefined ? (scenario?.epochs ?? null) : integer('epochs', values.epochs, 1, EPOCHS_MAX),
    json: values.json === true,
    port: values.port === undefined ? PORT_DEFAULT : integer('port', values.port, 0, 65_535),
    nodes: values.nodes === undefined ? (scenario?.nodes ?? nodePlans()) : nodePlans(Number(values.nodes)),
    validators: scenario?.validators ?? honestValidators(honest),
  };
}
