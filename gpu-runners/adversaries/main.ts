// Starts a dishonest runner: `node gpu-runners/adversaries/main.ts --behaviour <name> …` with the flags of an honest one.
// For tests and the embedded network only; neither the bundle nor the image holds this folder.
import { honestParts } from '../compose.ts';
import { ConfigError, address, readConfig, readValues } from '../config.ts';
import { launch } from '../launch.ts';
import type { Options } from './behaviour.ts';
import { behaviourCode } from './behaviours/index.ts';
import { behaviourNames, isBehaviour } from './table.ts';

const FLAGS = [
  'behaviour',
  'redirect-to',
  'forward-to',
  'shared-device',
  'device-ms',
  'period-ms',
  'rival-operator',
  'rival-key',
];

/** @throws ConfigError for a flag that is no whole number */
function wholeOf(values: Readonly<Record<string, string>>, name: string): number | null {
  const text = values[name];
  if (text === undefined) return null;
  if (!/^\d{1,9}$/.test(text)) throw new ConfigError(`--${name} is "${text}", but must be a whole number.`);
  return Number(text);
}

/** What the behaviour has to be told. @throws ConfigError for what is no number, address or key */
function optionsOf(values: Readonly<Record<string, string>>): Options {
  const [deviceMs, periodMs] = [wholeOf(values, 'device-ms'), wholeOf(values, 'period-ms')];
  const { 'rival-operator': operator, 'rival-key': key } = values;
  if (key !== undefined && !/^0x[0-9a-f]{64}$/.test(key)) throw new ConfigError('--rival-key must be 0x and 64 hex digits.');
  const rival =
    operator === undefined || key === undefined
      ? null
      : { operator: address('rival-operator', operator), key: Uint8Array.from(Buffer.from(key.slice(2), 'hex')) };
  return {
    ...{ redirectTo: values['redirect-to'] ?? null, forwardTo: values['forward-to'] ?? null, rival },
    sharedDevice: wholeOf(values, 'shared-device'),
    ...(deviceMs === null ? {} : { deviceMs }),
    ...(periodMs === null ? {} : { periodMs }),
  };
}

async function main(args: readonly string[]): Promise<void> {
  const { values } = readValues(args, process.env, FLAGS);
  const name = values['behaviour'] ?? '';
  if (!isBehaviour(name)) throw new ConfigError(`--behaviour must be one of: ${behaviourNames.join(', ')}.`);
  const config = readConfig(values);
  const options = optionsOf(values);
  await launch(config, behaviourCode[name](await honestParts(config), options));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
