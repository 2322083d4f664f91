// `npm start` as a person or a script runs it: through launch.mjs, as a child, to its end or to a signal.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ROOT, STATE, processTable, reapLeftovers } from '../../local/processes.ts';
import { scenarioNames } from '../../local/scenarios.ts';
import type { Summary } from '../../local/summary.ts';
import { eventually } from './rig.ts';

type Run = { child: ChildProcess; stdout: () => string; stderr: () => string; exit: Promise<number | null> };
type Recorded = { pid: number; name: string };

const started: Pick<Run, 'child' | 'exit'>[] = [];

/** A test that failed half-way leaves no network running. */
afterEach(async () => {
  for (const { child, exit } of started.splice(0)) {
    child.kill('SIGTERM');
    await exit;
  }
});

function start(...args: readonly string[]): Run {
  const child = spawn(process.execPath, ['launch.mjs', 'local/main.ts', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  started.push({ child, exit });
  return { child, stdout: () => stdout, stderr: () => stderr, exit };
}

/** The folder of the network that this run has started, and the processes that it has written down. */
function ledgerOf({ child }: Run): { folder: string; recorded: readonly Recorded[] } | null {
  const parents = new Map(processTable().map(({ pid, parent }) => [pid, parent]));
  for (const name of existsSync(STATE) ? readdirSync(STATE) : []) {
    const file = join(STATE, name, 'processes.json');
    if (!existsSync(file)) continue;
    const recorded = JSON.parse(readFileSync(file, 'utf8')) as readonly Recorded[];
    if (parents.get(recorded[0]?.pid ?? 0) === child.pid) return { folder: join(STATE, name), recorded };
  }
  return null;
}

/** Waits until the runtime is among the recorded processes, so until everything runs. */
const running = (run: Run): Promise<{ folder: string; recorded: readonly Recorded[] }> =>
  eventually('a running network', 60, async () => {
    const found = ledgerOf(run);
    return found !== null && run.stdout().includes('Page and API') ? found : null;
  });

const alive = (recorded: readonly Recorded[]): Recorded[] => {
  const pids = new Set(processTable().map(({ pid }) => pid));
  return recorded.filter(({ pid }) => pids.has(pid));
};

/** A small network, for the cases in which it need only be there. */
const SMALL = ['--nodes', '3', '--validators', '1', '--port', '0'] as const;

describe('npm start', () => {
  // It takes a minute and a half, most of it waiting: the other cases run meanwhile.
  const whole = start('--epochs', '1', '--json', '--nodes', '4', '--validators', '1', '--port', '0');
  started.splice(0);
  afterAll(() => {
    whole.child.kill('SIGTERM');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends at %s with exit code %d and leaves nothing', async (signal, code) => {
    const run = start(...SMALL);
    const { folder, recorded } = await running(run);
    run.child.kill(signal);
    expect(await run.exit).toBe(code);
    expect(alive(recorded)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  it('ends in order at one signal that reaches launcher and network both, as from a process group', async () => {
    const run = start(...SMALL);
    const { folder, recorded } = await running(run);
    const [owner] = recorded;
    if (owner === undefined) throw new Error('no process recorded');
    process.kill(owner.pid, 'SIGINT');
    run.child.kill('SIGINT');
    expect(await run.exit).toBe(130);
    expect(alive(recorded)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  it('ends while it is starting, too', async () => {
    const run = start(...SMALL);
    const { folder } = await eventually('a first process', 30, async () => ledgerOf(run));
    run.child.kill('SIGINT');
    expect(await run.exit).toBe(130);
    expect(existsSync(folder)).toBe(false);
  });

  it('that was killed outright is cleaned up by the next start', async () => {
    const run = start(...SMALL);
    const { folder, recorded } = await running(run);
    process.kill(recorded[0]?.pid ?? 0, 'SIGKILL');
    await run.exit;
    expect(alive(recorded).length).toBeGreaterThan(0);
    expect(reapLeftovers()).toBeGreaterThan(0);
    await sleep(500);
    expect(alive(recorded)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  it('says which port is taken and what to do, with exit code 2', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const run = start('--port', String(port));
    expect(await run.exit).toBe(2);
    expect(run.stderr()).toContain(`Port ${String(port)} is in use.`);
    expect(run.stderr()).toContain('--port');
    await new Promise((resolve) => server.close(resolve));
  });

  it('refuses flags that it does not know, and numbers that are none, with exit code 2', async () => {
    for (const args of [
      ['--epoch', '2'],
      ['--epochs', 'two'],
      ['--nodes', '0'],
      ['--validators', '32'],
      ['--scenario', 'none-of-them'],
      ['--scenario', 'late', '--validators', '4'],
    ]) {
      const run = start(...args);
      expect(await run.exit).toBe(2);
      expect(run.stderr()).toMatch(/^assay: /m);
    }
  });

  it('--scenario list names each with a sentence', async () => {
    const run = start('--scenario', 'list');
    expect(await run.exit).toBe(0);
    for (const name of scenarioNames) expect(run.stdout()).toMatch(new RegExp(`^  ${name} +\\S.{10,}$`, 'm'));
  });

  it('--epochs 1 --json ends with one JSON object, exit code 0 and no process left', async () => {
    const { folder, recorded } = await eventually('everything started', 60, async () => {
      const found = ledgerOf(whole);
      return found?.recorded.some(({ name }) => name === 'workerd gateway') === true ? found : null;
    });
    expect(await whole.exit, whole.stderr()).toBe(0);
    const summary = JSON.parse(whole.stdout().trimEnd()) as Summary & { ok: boolean };
    expect(summary.ok).toBe(true);
    expect(summary.epochs.length).toBe(1);
    expect(summary.epochs[0]?.root).toMatch(/^0x[0-9a-f]{64}$/);
    expect(summary.epochs[0]?.transactionHash).toMatch(/^0x[0-9a-f]{64}$/);
    expect(summary.nodes.length).toBe(4);
    expect(summary.validators.length).toBe(1);
    expect(recorded.length).toBeGreaterThanOrEqual(8);
    expect(alive(recorded)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });
});
