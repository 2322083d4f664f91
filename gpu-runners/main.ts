// The runner's command: `serve` (the default), `proof --operator 0x…`, `detect`, or `health`.
import { honestParts } from './compose.ts';
import { ConfigError, FLAGS, address, dataDirectoryOf, domainOf, portOf, readConfig, readValues, type Values } from './config.ts';
import { detectAndChoose } from './detect/auto.ts';
import { describe } from './detect/words.ts';
import { IdentityError, openIdentity } from './identity.ts';
import { isHealthy } from './health.ts';
import { isDeviceName, serveDevice } from './backends/pool/device.ts';
import { DeviceError } from './backends/engine.ts';
import { launch } from './launch.ts';
import { registrationProof } from './proof.ts';

const USAGE = `Usage: assay-runner [serve] [flags]             answer challenges
       assay-runner proof --operator 0x… [flags] print what the operator registers (needs --registry, --chain-id, --data)
       assay-runner detect                       say which devices are here and which backend --backend auto takes
       assay-runner health                       exit with 0 if a runner answers at --port on this machine

Each flag can also be set in the environment: --chain-id is ASSAY_CHAIN_ID.
${Object.entries(FLAGS)
  .map(([name, help]) => `  --${name.padEnd(12)} ${help}\n`)
  .join('')}  --json         machine-readable lines on standard output
`;

function printProof(values: Values & Record<string, string>): void {
  const operator = values['operator'];
  if (operator === undefined) throw new ConfigError('--operator is missing: the address that will register this node.');
  const { signer } = openIdentity(dataDirectoryOf(values));
  const proof = registrationProof(signer, domainOf(values), address('operator', operator));
  if (values.json !== undefined) process.stdout.write(`${JSON.stringify(proof)}\n`);
  else for (const [name, value] of Object.entries(proof)) process.stdout.write(`${name.padEnd(10)} ${value}\n`);
}

async function printDetection(values: Values): Promise<void> {
  const { found, choice } = await detectAndChoose();
  const words = describe(found, choice);
  process.stdout.write(values.json === undefined ? `${words.join('\n')}\n` : `${JSON.stringify({ found, choice, words })}\n`);
}

async function main(args: readonly string[]): Promise<void> {
  const [first, device = ''] = args;
  if (first === 'device' && args.length === 2 && isDeviceName(device) && process.send !== undefined) {
    await serveDevice(device); // the runner's own child process (backends/pool/)
    return;
  }
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE);
    return;
  }
  const { values, rest } = readValues(args, process.env, ['operator']);
  const [command = 'serve', ...extra] = rest;
  if (extra.length > 0 || !['serve', 'proof', 'detect', 'health'].includes(command))
    throw new ConfigError(`There is no command "${rest.join(' ')}". Try --help.`);
  if (command === 'proof') {
    printProof(values);
    return;
  }
  if (command === 'detect') {
    await printDetection(values);
    return;
  }
  if (command === 'health') {
    process.exitCode = (await isHealthy(portOf(values), values['tls-cert'] === undefined ? 'http' : 'https')) ? 0 : 1;
    return;
  }
  const config = readConfig(values);
  await launch(config, await honestParts(config));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const plain =
    error instanceof ConfigError ||
    error instanceof DeviceError ||
    error instanceof IdentityError ||
    (error instanceof Error && 'code' in error);
  const mend =
    error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' ? '. Choose another port with --port.' : '';
  process.stderr.write(`${plain ? error.message + mend : String(error instanceof Error ? error.stack : error)}\n`);
  process.exit(1); // worker threads may already be running
});
