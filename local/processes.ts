// The processes of one network: every child is written down before it is used, ended with its whole group, and found again when
// we were killed before we could end it. A process counts as ours only if both its id and its start time are the recorded ones,
// so a re-used id is never signalled.
import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OUTPUT_LINES_KEPT, STOP_MS_MAX } from './limits.ts';

export const ROOT = join(import.meta.dirname, '..');
/** Every network's folder lies here. */
export const STATE = join(ROOT, '.assay');
const LEDGER = 'processes.json';

type Recorded = { readonly pid: number; readonly started: string; readonly name: string };

export type Child = {
  readonly name: string;
  readonly pid: number;
  readonly process: ChildProcess;
  /** Its latest lines, for the message when it fails. */
  readonly output: () => string;
  readonly onLine: (listener: (line: string) => void) => void;
  /** Its exit code. */
  readonly exited: Promise<number>;
};

export type Processes = {
  /** The network's own folder; removed at the end. */
  readonly folder: string;
  start(name: string, command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Child;
  /** Writes down a process that a library of ours started. */
  adopt(name: string, pid: number): void;
  /** Ends one child: SIGTERM, then SIGKILL, to its group. */
  stop(child: Child): Promise<void>;
  pids(): number[];
  /** Ends everything that is still there and removes the folder. */
  close(): Promise<void>;
  /** The same at once, for the last moment of a process. */
  readonly killNow: () => void;
};

/** What tells a process from a later one with the same id; null when there is none (a zombie is none). */
function startOf(pid: number): string | null {
  try {
    if (process.platform === 'linux') {
      const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
    }
    if (process.platform === 'win32') {
      process.kill(pid, 0);
      return 'alive';
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}

/** Process id, parent and program name of every process that can be seen; those that only wait to be reaped don't count. */
export function processTable(): { pid: number; parent: number; program: string }[] {
  if (process.platform === 'win32') return [];
  if (process.platform !== 'linux') {
    const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' }).trim().split('\n');
    return table.map((line) => {
      const [pid, parent, ...name] = line.trim().split(/\s+/);
      return { pid: Number(pid), parent: Number(parent), program: name.join(' ').split('/').at(-1) ?? '' };
    });
  }
  // A slim image has no `ps`.
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const [, program = '', parent = ''] = /^\d+ \((.*)\) [^ZX] (\d+) /s.exec(readStat(pid)) ?? [];
    return program === '' ? [] : [{ pid: Number(pid), parent: Number(parent), program }];
  });
}

function readStat(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}

/** Our own children by the name of their program. */
export const childrenNamed = (program: string): number[] =>
  processTable()
    .filter((entry) => entry.parent === process.pid && entry.program === program)
    .map(({ pid }) => pid);

const isOurs = ({ pid, started }: Recorded): boolean => startOf(pid) === started;

/** Children lead a group of their own, so whatever they started ends with them. */
function signal(pid: number, name: NodeJS.Signals): void {
  for (const target of process.platform === 'win32' ? [pid] : [-pid, pid]) {
    try {
      process.kill(target, name);
      return;
    } catch {
      // no such group: not a leader; no such process: gone, which is what we want
    }
  }
}

/** Empty for a folder that is just being made. */
function readLedger(folder: string): readonly Recorded[] {
  try {
    return JSON.parse(readFileSync(join(folder, LEDGER), 'utf8')) as Recorded[];
  } catch {
    return [];
  }
}

/** Ends what a network left behind whose own process was killed, and removes its folder. Returns how many were still running. */
export function reapLeftovers(): number {
  mkdirSync(STATE, { recursive: true });
  let reaped = 0;
  for (const name of readdirSync(STATE).filter((entry) => entry.startsWith('run-'))) {
    const folder = join(STATE, name);
    const [owner, ...children] = readLedger(folder);
    if (owner === undefined || isOurs(owner)) continue;
    for (const child of children.filter(isOurs)) {
      signal(child.pid, 'SIGKILL');
      reaped += 1;
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
  return reaped;
}

function listen(child: ChildProcess): Pick<Child, 'output' | 'onLine'> {
  const lines: string[] = [];
  const listeners: ((line: string) => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        lines.push(line);
        if (lines.length > OUTPUT_LINES_KEPT) lines.shift();
        for (const listener of listeners) listener(line);
      }
    });
  }
  return { output: () => lines.join('\n'), onLine: (listener) => void listeners.push(listener) };
}

const endsWithin = (exited: Promise<number>, ms: number): Promise<boolean> =>
  Promise.race([exited.then(() => true), sleep(ms, false, { ref: false })]);

export function openProcesses(): Processes {
  mkdirSync(STATE, { recursive: true });
  const folder = mkdtempSync(join(STATE, 'run-'));
  const recorded: Recorded[] = [];
  const children = new Set<Child>();
  const adopt = (name: string, pid: number): void => {
    if (recorded.some((known) => known.pid === pid)) return;
    recorded.push({ pid, started: startOf(pid) ?? 'gone', name });
    // Replaced as a whole: whoever reads it, or finds it after our end, finds all of it.
    const draft = join(folder, `${LEDGER}.new`);
    writeFileSync(draft, JSON.stringify(recorded));
    renameSync(draft, join(folder, LEDGER));
  };
  adopt('owner', process.pid);

  const stop = async (child: Child): Promise<void> => {
    signal(child.pid, 'SIGTERM');
    if (!(await endsWithin(child.exited, STOP_MS_MAX))) signal(child.pid, 'SIGKILL');
    await child.exited;
    children.delete(child);
  };
  const killNow = (): void => {
    for (const known of recorded.slice(1).filter(isOurs)) signal(known.pid, 'SIGKILL');
  };
  return {
    folder,
    adopt,
    stop,
    killNow,
    start(name, command, args, env = {}) {
      const spawned = spawn(command, [...args], {
        cwd: ROOT,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: process.platform !== 'win32',
      });
      const exited = new Promise<number>((resolve) => {
        spawned.on('error', () => resolve(127));
        spawned.on('close', (code) => resolve(code ?? 1));
      });
      const child = { name, pid: spawned.pid ?? 0, process: spawned, exited, ...listen(spawned) };
      if (child.pid > 0) adopt(name, child.pid);
      children.add(child);
      return child;
    },
    pids: () =>
      recorded
        .slice(1)
        .filter(isOurs)
        .map(({ pid }) => pid),
    async close() {
      await Promise.all([...children].map(stop));
      killNow();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
