// Runners as real processes: a registry behind a small JSON-RPC on loopback, start-up, lines of output, and the end by signal.
import { spawn, type ChildProcess, type SpawnOptionsWithoutStdio } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { decodeFunctionData, encodeFunctionResult, type Abi } from 'viem';
import type { Hex } from '../../protocol/bytes.ts';
import { signerAddress } from '../../protocol/signer.ts';
import { auditRegistryAbi } from '../../schema/abi/AuditRegistry.ts';
import { CLOCK, DOMAIN, OPERATOR, VALIDATOR_KEY } from '../unit/runner/rig.ts';

export const ROOT = join(import.meta.dirname, '../..');

type Call = { readonly id: number; readonly method: string; readonly params: readonly [{ readonly data: Hex }] };

function answerCall(data: Hex): Hex {
  const abi: Abi = auditRegistryAbi;
  const { functionName } = decodeFunctionData({ abi, data });
  const signer = signerAddress(VALIDATOR_KEY);
  const results: Readonly<Record<string, unknown>> = {
    GENESIS: BigInt(CLOCK.genesis),
    SLOT_SECONDS: CLOCK.slotSeconds,
    SLOTS_PER_EPOCH: CLOCK.slotsPerEpoch,
    REPORT_SECONDS: CLOCK.slotSeconds * CLOCK.slotsPerEpoch,
    policyAt: `0x${'00'.repeat(32)}`,
    validatorTotal: 1n,
    validatorsAt: [{ operator: OPERATOR, active: true, signer, url: '' }],
    validatorAt: { operator: OPERATOR, active: true, signer, url: '' },
    activeSetAt: [{ operator: OPERATOR, signer, stake: 1n, weight: 1n }],
  };
  return encodeFunctionResult({ abi, functionName, result: results[functionName] });
}

/** A chain with one registry and one validator. */
export async function startRpc(): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      const { id, method, params } = JSON.parse(text) as Call;
      const result = method === 'eth_blockNumber' ? '0x10' : method === 'eth_call' ? answerCall(params[0].data) : '0x7a69';
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

export type Ready = {
  readonly ready: true;
  readonly port: number;
  readonly nodeId: Hex;
  readonly publicKey: { readonly x: Hex; readonly y: Hex };
};
export type Running = {
  readonly child: ChildProcess;
  readonly ready: Ready;
  readonly lines: string[];
  stop(): Promise<number | null>;
};

export const runnerFlags = (rpc: string, data: string): string[] => [
  '--rpc',
  rpc,
  '--registry',
  DOMAIN.registry,
  '--chain-id',
  String(DOMAIN.chainId),
  '--class',
  'demo',
  '--backend',
  'cpu', // whatever else this machine has
  '--data',
  data,
  '--json',
];

/** Starts a command and waits for its ready line; rejects if it ends before. */
export async function startProcess(
  command: string,
  args: readonly string[],
  options: SpawnOptionsWithoutStdio = {},
): Promise<Running> {
  const child = spawn(command, args, { cwd: ROOT, ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.stderr.on('data', (part: Buffer) => lines.push(`stderr: ${part.toString()}`));
  const output = createInterface(child.stdout);
  const ready = await new Promise<Ready>((resolve, reject) => {
    output.on('line', (line) => {
      lines.push(line);
      const said = JSON.parse(line) as Partial<Ready>;
      if (said.ready === true) resolve(said as Ready);
    });
    child.once('error', reject);
    void ended.then((code) => {
      reject(new Error(`ended with ${String(code)}: ${lines.join('\n')}`));
    });
  });
  return {
    child,
    ready,
    lines,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
