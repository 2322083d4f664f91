// The runner and a dishonest one as processes, started as an operator or the embedded network starts them, audited over HTTP.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeKeyPayload, verifyReceipt } from '../../protocol/receipts.ts';
import { audit } from '../unit/runner/auditor.ts';
import { DOMAIN, OPERATOR, VRAM } from '../unit/runner/rig.ts';
import { ROOT, runnerFlags, startProcess, startRpc, type Ready } from './runner-rig.ts';

const MAIN = join(ROOT, 'gpu-runners/main.ts');
const DISHONEST = join(ROOT, 'gpu-runners/adversaries/main.ts');
const target = ({ port, nodeId, publicKey }: Ready) => ({ url: `http://127.0.0.1:${String(port)}`, nodeId, publicKey });

let directory = '';
let rpc: Awaited<ReturnType<typeof startRpc>>;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'assay-runner-'));
  rpc = await startRpc();
});
afterAll(async () => {
  await rpc.close();
  rmSync(directory, { recursive: true });
});

describe('runner processes', () => {
  it('passes an audit, stops with 0, is the same node at its next start, and logs no secret', async () => {
    const flags = [MAIN, '--port', '0', ...runnerFlags(rpc.url, join(directory, 'honest'))];
    const first = await startProcess(process.execPath, flags);
    for (const params of [undefined, VRAM, { region: 1 }])
      expect(await audit(target(first.ready), 20_000, 0, params)).toBe('none');
    expect(await first.stop()).toBe(0);
    expect(first.lines.join('\n')).not.toMatch(/PRIVATE|signature|stderr/);
    const second = await startProcess(process.execPath, flags);
    expect(second.ready.nodeId).toBe(first.ready.nodeId);
    expect(await second.stop()).toBe(0);
  });

  it('a dishonest one gets its verdict', async () => {
    const flags = [DISHONEST, '--behaviour', 'skip-50', '--port', '0', ...runnerFlags(rpc.url, join(directory, 'dishonest'))];
    const runner = await startProcess(process.execPath, flags);
    expect(
      await audit(target(runner.ready), 20_000, 0, {
        rows: 64,
        columns: 512,
        depth: 64,
        rounds: 2,
        openings: 64,
        matrixKey: `0x${'3c'.repeat(32)}`,
      }),
    ).toBe('wrong_result');
    expect(await runner.stop()).toBe(0);
  });

  it('a closed port stays closed', async () => {
    const flags = [DISHONEST, '--behaviour', 'closed-port', '--port', '0', ...runnerFlags(rpc.url, join(directory, 'closed'))];
    const runner = await startProcess(process.execPath, flags);
    expect(await audit(target(runner.ready), 20_000)).toBe('unreachable');
    expect(await runner.stop()).toBe(0);
  });

  it('prints a registration proof that verifies', () => {
    const { registry, chainId } = DOMAIN;
    const flags = ['--registry', registry, '--chain-id', String(chainId), '--data', join(directory, 'proof'), '--json'];
    const { stdout } = spawnSync(process.execPath, [MAIN, 'proof', '--operator', OPERATOR, ...flags], { encoding: 'utf8' });
    const { nodeId, x, y, signature } = JSON.parse(stdout) as Record<'nodeId' | 'x' | 'y' | 'signature', `0x${string}`>;
    expect(verifyReceipt({ x, y }, nodeKeyPayload(DOMAIN, OPERATOR, nodeId), signature)).toBe(true);
  });

  it.each([
    [['--rpc', 'ftp://x'], '--rpc must be an http or https URL.'],
    [['--registry', '0x12'], '--registry must be an address'],
    [['--concurrency', '0'], '--concurrency is "0", but must be a whole number from 1'],
    [['--backend', 'abacus'], '--backend is "abacus", but must be auto, cpu, webgpu or cuda.'],
    [['--busy-wait-ms', '901'], 'must be a whole number from 0 to 900'],
    [['device', 'webgpu'], 'There is no command "device webgpu"'],
    [['--validators', `${OPERATOR},0x12`], '--validators must be an address'],
    [['--no-such-flag', '1'], '--no-such-flag'],
    [['dance'], 'There is no command "dance"'],
  ])('says in a sentence what is wrong with %j', (wrong, sentence) => {
    const flags = runnerFlags('http://127.0.0.1:1', join(directory, 'wrong'));
    const { stderr, status } = spawnSync(process.execPath, [MAIN, ...(wrong[0] === 'device' ? [] : flags), ...wrong], {
      encoding: 'utf8',
    });
    expect([status, stderr.split('\n').length]).toEqual([1, 2]);
    expect(stderr).toContain(sentence);
  });
});
