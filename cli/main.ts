// `npm run assay -- <command>`.
import { runCli } from './cli.ts';
import { DEBUG_VARIABLE, faultSentence } from './command.ts';
import { terminal } from './terminal.ts';

// Node ends with 1 after an error that nobody caught, which would say that something was found wrong.
process.on('uncaughtException', (error: unknown) => {
  process.stderr.write(`assay: ${faultSentence(error)}\n`);
  if (process.env[DEBUG_VARIABLE] !== undefined && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  process.exit(2);
});

process.exitCode = await runCli(process.argv.slice(2), terminal());
