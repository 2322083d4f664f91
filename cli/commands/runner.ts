// `assay runner`: looks for devices, says what was found and what to register, and starts the runner with the backend that fits.
import type { Command, ExitCode, Io } from '../command.ts';
import { classFacts, suggestClass } from '../runner/class.ts';
import { detectDevices } from '../runner/detection.ts';
import { startRunner, withChoices } from '../runner/start.ts';

const usage = `[--check] [flags of the runner]

  --check    says what was found and chosen, and starts nothing
  --backend  cuda, webgpu or cpu: takes this one instead of the chosen one
  --class    the class as registered, if it is not the one that is suggested

All other flags are the runner's own (docs/runner.md): --rpc, --registry and --chain-id are required, --url is shown. Node's key and
nonces are kept in --data (./assay-runner). Stop it with SIGTERM or SIGINT: what runs is finished first.`;

async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const rest = args.filter((word) => word !== '--check');
  io.progress('… looking for devices');
  const detection = await detectDevices();
  io.progress(null);
  const say = rest.includes('--json') ? io.err : io.out; // standard output is then the runner's alone
  for (const line of detection.words) say(line);
  const { name, because } = suggestClass(detection);
  say(`Class to register: ${name}, ${because}.`);
  say(`  ${classFacts(name)}`);
  if (rest.length !== args.length) return 0;
  return startRunner(withChoices(rest, io.env, { backend: detection.choice.backend, class: name }));
}

export const runnerCommand: Command = {
  name: 'runner',
  summary: 'Looks for devices and starts a runner on the best one.',
  usage,
  run,
};
