// The bundle with a GPU backend: its device process runs the same file, answers every kind, and when it is killed the runner goes on.
// The device is a driver that computes on the processor, so that this runs anywhere.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hasSwiftshader, swiftshaderEnv } from '../support/swiftshader.ts';
import { audit } from '../unit/runner/auditor.ts';
import { PARAMS, VRAM } from '../unit/runner/rig.ts';
import { ROOT, runnerFlags, startProcess, startRpc, type Running } from './runner-rig.ts';

let directory = '';
let rpc: Awaited<ReturnType<typeof startRpc>>;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'assay-webgpu-'));
  rpc = await startRpc();
  execFileSync(process.execPath, [join(ROOT, 'gpu-runners/build.mjs')]);
});
afterAll(async () => {
  await rpc.close();
  rmSync(directory, { recursive: true });
});

const start = (): Promise<Running> => {
  const flags = runnerFlags(rpc.url, join(directory, 'data')).map((word) => (word === 'cpu' ? 'webgpu' : word));
  const script = join(ROOT, 'gpu-runners/dist/assay-runner.mjs');
  return startProcess(process.execPath, [script, '--port', '0', '--fill-mib', '64', ...flags], { env: swiftshaderEnv() });
};

/** The processes that this one started, by /proc. */
function childrenOf(pid: number | undefined): number[] {
  const parentOf = (child: string): number => {
    try {
      return Number(/\) \S (\d+) /.exec(readFileSync(`/proc/${child}/stat`, 'utf8'))?.[1]);
    } catch {
      return -1; // it ended meanwhile
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);
}

describe.skipIf(!hasSwiftshader || process.platform !== 'linux')('the bundle on a GPU', () => {
  it('passes audits of every kind, also after its device process was killed', async () => {
    const runner = await start();
    const { port, nodeId, publicKey } = runner.ready;
    const target = { url: `http://127.0.0.1:${String(port)}`, nodeId, publicKey };
    const health = async (): Promise<unknown> => (await fetch(`${target.url}/health`)).json();
    for (const params of [PARAMS, VRAM, { region: 0 }]) expect(await audit(target, 60_000, 0, params)).toBe('none');
    expect(await health()).toMatchObject({ backend: 'webgpu', device: { isReady: true, lastError: null } });
    const devices = childrenOf(runner.child.pid);
    expect(devices).toHaveLength(1);
    for (const pid of devices) process.kill(pid, 'SIGKILL');
    await vi.waitFor(
      async () => {
        expect(await health()).toMatchObject({ device: { isReady: true, lastError: 'the webgpu process ended (SIGKILL)' } });
      },
      { timeout: 60_000, interval: 100 },
    );
    for (const params of [VRAM, PARAMS]) expect(await audit(target, 60_000, 0, params)).toBe('none');
    expect(await runner.stop()).toBe(0);
    expect(childrenOf(runner.child.pid)).toEqual([]);
  });
});
