// From words to a command, and from whatever it throws to an exit code. No other place decides how the tool ends.
import { ChainError } from '../chain/errors.ts';
import { ArchiveError } from '../schema/wire/archive.ts';
import { CliError, DEBUG_VARIABLE, UsageError, faultSentence, type Command, type ExitCode, type Io } from './command.ts';
import { archiveCommand } from './commands/archive.ts';
import { auditCommand } from './commands/audit.ts';
import { claimCommand } from './commands/claim.ts';
import { classesCommand } from './commands/classes.ts';
import { proveCommand } from './commands/faults.ts';
import { keysCommand } from './commands/keys.ts';
import { loadCommand } from './commands/load.ts';
import { nodeCommands } from './commands/nodes.ts';
import { penaliseCommand } from './commands/penalise.ts';
import { runnerCommand } from './commands/runner.ts';
import { slashCommands } from './commands/slashes.ts';
import { stakeCommands } from './commands/stakes.ts';
import { tenantCommand } from './commands/tenant.ts';
import { validatorCommands } from './commands/validators.ts';
import { verifyCommand } from './commands/verify.ts';
import { webhooksCommand } from './commands/webhooks.ts';

const commands: readonly Command[] = [
  ...[auditCommand, verifyCommand, archiveCommand, keysCommand],
  ...validatorCommands,
  ...nodeCommands,
  ...stakeCommands,
  claimCommand,
  ...slashCommands,
  proveCommand,
  penaliseCommand,
  ...[runnerCommand, loadCommand, classesCommand],
  tenantCommand,
  webhooksCommand,
];

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'Usage: npm run assay -- <command> [flags]',
    '',
    ...lines,
    `  ${'help'.padEnd(width)}  this page, or with a command's name its usage`,
    '',
    'Ends with 0 when done, 1 when something was found wrong, 2 when it could not be done.',
  ].join('\n');
}

function usageOf(command: Command): string {
  return `${command.summary}\n\nUsage: npm run assay -- ${command.name} ${command.usage}`;
}

function isHelp(word: string | undefined): boolean {
  return word === 'help' || word === '--help' || word === '-h';
}

async function runCommand(command: Command, args: readonly string[], io: Io): Promise<ExitCode> {
  try {
    return await command.run(args, io);
  } catch (error) {
    if (error instanceof UsageError) {
      io.err(`${error.message}\n\n${usageOf(command)}`);
    } else if (error instanceof CliError || error instanceof ChainError || error instanceof ArchiveError) {
      io.err(`assay ${command.name}: ${error.message}`);
    } else {
      io.err(`assay ${command.name}: ${faultSentence(error)}`);
      if (io.env[DEBUG_VARIABLE] !== undefined && error instanceof Error) io.err(error.stack ?? '');
    }
    return 2;
  } finally {
    io.progress(null);
  }
}

/** Runs one command line. @param argv words after the program's name */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  const [first, ...rest] = argv;
  if (first === undefined) {
    io.err(overview());
    return 2;
  }
  const command = commands.find(({ name }) => name === (isHelp(first) ? rest[0] : first));
  if (isHelp(first) && rest.length === 0) {
    io.out(overview());
    return 0;
  }
  if (command === undefined) {
    io.err(`There is no command ${JSON.stringify(isHelp(first) ? rest[0] : first)}.\n\n${overview()}`);
    return 2;
  }
  if (isHelp(first) || rest.some((word) => word === '--help' || word === '-h')) {
    io.out(usageOf(command));
    return 0;
  }
  return runCommand(command, rest, io);
}
