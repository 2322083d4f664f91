// Starts a dishonest runner: `node gpu-runners/adversaries/main.ts --behaviour <name> …` with the flags of an honest one.
// For tests and the embedded network only; neither the bundle nor the image holds this folder.
import { honestParts } from '../compose.ts';
import { ConfigError, readConfig, readValues } from '../config.ts';
import { launch } from '../launch.ts';
import { behaviourCode } from './behaviours/index.ts';
import { behaviourNames, isBehaviour } from './table.ts';

async function main(args: readonly string[]): Promise<void> {
  const { values } = readValues(args, process.env, ['behaviour', 'redirect-to']);
  const name = values['behaviour'] ?? '';
  if (!isBehaviour(name)) throw new ConfigError(`--behaviour must be one of: ${behaviourNames.join(', ')}.`);
  const config = readConfig(values);
  await launch(config, behaviourCode[name](await honestParts(config), { redirectTo: values['redirect-to'] ?? null }));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
