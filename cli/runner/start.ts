// The runner as a child that this command stands for: its output is ours, and what ends us ends it.
import { spawn } from 'node:child_process';
import { CliError, type ExitCode } from '../command.ts';
import { RUNNER_PROGRAM } from './detection.ts';

/** The operator's flags and, of our own choices, those that neither a flag nor the environment has made. */
export function withChoices(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  choices: Readonly<Record<string, string>>,
): string[] {
  const isMade = (name: string): boolean =>
    args.some((word) => word === `--${name}` || word.startsWith(`--${name}=`)) ||
    (env[`ASSAY_${name.toUpperCase()}`] ?? '') !== '';
  const ours = Object.entries(choices).filter(([name]) => !isMade(name));
  return [...args, ...ours.flatMap(([name, value]) => [`--${name}`, value])];
}

/** A terminal sends SIGINT to both of us, and a second one would cut the runner off in the middle of its work. */
function signals(): readonly NodeJS.Signals[] {
  return process.stdin.isTTY ? ['SIGTERM'] : ['SIGTERM', 'SIGINT'];
}

/** Ends when the runner ends: 0 as the runner, else 2. @throws CliError when it can't be started */
export function startRunner(args: readonly string[], program = RUNNER_PROGRAM): Promise<ExitCode> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, 'serve', ...args], { stdio: 'inherit' });
    const passed = signals();
    const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
    const wait = (): void => undefined; // the runner decides when it has finished
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, passed.includes(signal) ? pass : wait);
    const end = (): void => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, passed.includes(signal) ? pass : wait);
    };
    child.on('error', (error) => {
      end();
      reject(new CliError(`The runner could not be started (${error.message}).`));
    });
    child.on('close', (code) => {
      end();
      resolve(code === 0 ? 0 : 2);
    });
  });
}
