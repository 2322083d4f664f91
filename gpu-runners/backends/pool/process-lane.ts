// A host in a child process: a driver that crashes, hangs or loses its device takes the child along and nothing else. The child
// gets nothing of the runner's settings, and its output goes nowhere but, cut short, into the log when it ends.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DEVICE_OUTPUT_CHARACTERS_MAX } from '../../limits.ts';
import type { StartLane } from './lane.ts';
import type { FromHost } from './messages.ts';

/** Everything but our own settings: an RPC's address may hold a key. */
function deviceEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ASSAY_')));
}

const printable = (text: string): string => text.replaceAll(/[^ -~]+/g, ' ').trim();

/** @param entry the child's script; @param args its words; @param name for messages: "webgpu" */
export function processLane(entry: URL, args: readonly string[], name: string): StartLane {
  return (events) => {
    const child = fork(fileURLToPath(entry), [...args], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: deviceEnvironment(),
    });
    let tail = '';
    let over = false;
    const gone = new Promise<void>((resolve) => {
      const end = (why: string): void => {
        if (!over) events.ended(why, printable(tail));
        over = true;
        resolve();
      };
      child.once('error', (error) => {
        end(`the ${name} process could not be started: ${error.message}`);
      });
      child.once('close', (code, signal) => {
        end(`the ${name} process ended (${signal ?? `exit code ${String(code)}`})`);
      });
    });
    child.stderr?.on('data', (part: Buffer) => {
      tail = (tail + part.toString('latin1')).slice(-DEVICE_OUTPUT_CHARACTERS_MAX);
    });
    child.on('message', (said) => {
      events.message(said as FromHost);
    });
    return {
      send: (said) => {
        if (child.connected) child.send(said, () => undefined); // one that just ended is reported by its end
      },
      end: () => {
        child.kill('SIGKILL');
        return gone;
      },
    };
  };
}
