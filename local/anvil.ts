// The embedded chain: anvil with P256VERIFY (osaka). It starts with its clock a day in the past, so that the registry's epochs 0
// and 1 can lie behind us the moment everything is registered; `chain.ts` then moves the clock to now, where it stays.
import { foundryBinary } from '../contracts/forge.mjs';
import { ACCOUNTS } from './accounts.ts';
import { LocalError } from './errors.ts';
import { CHAIN_ID, LOOPBACK, READY_MS_MAX } from './limits.ts';
import type { Child, Processes } from './processes.ts';

export type Anvil = {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Stops the process where it stands: connections open, no answers. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
};

const DAY_SECONDS = 86_400;

/** The port that anvil says it listens on. */
function listeningPort(child: Child): Promise<number> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      reject(new LocalError(`anvil did not start within ${String(READY_MS_MAX / 1000)} s. Its output:\n${child.output()}`));
    }, READY_MS_MAX);
    child.onLine((line) => {
      const port = /^Listening on .*:(\d+)$/.exec(line)?.[1];
      if (port === undefined) return;
      clearTimeout(late);
      resolve(Number(port));
    });
    void child.exited.then((code) => {
      clearTimeout(late);
      reject(new LocalError(`anvil ended with code ${String(code)} before it listened. Its output:\n${child.output()}`));
    });
  });
}

/** @param port 0 lets the system choose */
export async function startAnvil(processes: Processes, port = 0): Promise<Anvil> {
  const past = Math.floor(Date.now() / 1000) - DAY_SECONDS;
  const child = processes.start('anvil', foundryBinary('anvil'), [
    ...['--host', LOOPBACK, '--port', String(port), '--chain-id', String(CHAIN_ID), '--hardfork', 'osaka'],
    ...['--timestamp', String(past), '--accounts', String(ACCOUNTS), '--gas-limit', '2000000000'],
    // Nothing is mined until everything is registered (chain.ts); then a block a second. First come, first in the block.
    ...['--no-mining', '--order', 'fifo'],
  ]);
  const actual = await listeningPort(child);
  return {
    url: `http://${LOOPBACK}:${String(actual)}`,
    port: actual,
    pid: child.pid,
    pause: () => void child.process.kill('SIGSTOP'),
    resume: () => void child.process.kill('SIGCONT'),
    async stop() {
      child.process.kill('SIGCONT');
      await processes.stop(child);
    },
  };
}
