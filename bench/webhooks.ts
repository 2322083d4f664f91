// Measure: from the batch that stores an event to the receiver's answer. The objects that would be deployed, in local workerd, with a receiver in
// this process that verifies nothing and answers 200; beside it the same requests from this process alone.
import { build } from 'esbuild';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEdge, type Edge } from '../local/edge.ts';
import { LOOPBACK } from '../local/limits.ts';
import { openProcesses } from '../local/processes.ts';
import { spread, type Bench, type BenchOptions, type Line, type Section } from './measure.ts';
import type { BurstAsk, MakeAsk } from './webhooks-asks.ts';

const AIM_MS = 10_000;
const WAIT_MS_MAX = 240_000;
/** Requests at a time, as an object has of them. */
const LANES = 6;

type Receiver = { readonly url: string; readonly times: Map<string, number>; stop(): Promise<void> };

/** Keeps when each delivery of each endpoint was answered first. */
async function startReceiver(): Promise<Receiver> {
  const times = new Map<string, number>();
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const key = `${request.url ?? ''} ${String(request.headers['webhook-id'])}`;
      response.end('ok', () => {
        if (!times.has(key)) times.set(key, Date.now());
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://${LOOPBACK}:${String(port)}`, times, stop };
}

/** The Worker's own objects behind the bench's own two routes. */
async function bundle(): Promise<string> {
  const contents = `import { answer } from './webhooks-inside.worker.ts';
    export { TxSender, RegionProbe, Quota, Dispatcher } from '../workers/index.ts';
    export default { fetch: answer, queue: async () => {} };`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, sourcefile: 'entry.ts', loader: 'ts' },
    ...{ bundle: true, write: false, format: 'esm', target: 'es2024', conditions: ['workerd', 'worker', 'browser'] },
    external: ['cloudflare:*', 'node:*'],
    absWorkingDir: join(import.meta.dirname, '..'),
  });
  return outputFiles[0]?.text ?? '';
}

async function ask<T>(edge: Edge, path: string, body: unknown): Promise<T> {
  const response = await fetch(`${edge.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`the bench's Worker answers ${String(response.status)}: ${await response.text()}`);
  return (await response.json()) as T;
}

type Rig = { readonly edge: Edge; readonly receiver: Receiver };
type Case = { readonly events: number; readonly endpoints: number; readonly runs: number };

/** Milliseconds of each delivery, from its batch to its answer. */
async function runCase({ edge, receiver }: Rig, { events, endpoints, runs }: Case): Promise<number[]> {
  await ask(edge, '/make', { count: endpoints, url: receiver.url } satisfies MakeAsk);
  const all: number[] = [];
  for (let run = 0; run < runs; run++) {
    receiver.times.clear();
    const name = `${String(events)}-${String(endpoints)}-${String(run)}`;
    const began = await ask<number>(edge, '/burst', { name, events } satisfies BurstAsk);
    const end = Date.now() + WAIT_MS_MAX;
    while (receiver.times.size < events * endpoints) {
      if (Date.now() > end) {
        throw new Error(`only ${String(receiver.times.size)} of ${String(events * endpoints)} deliveries arrived`);
      }
      await sleep(20);
    }
    all.push(...[...receiver.times.values()].map((at) => at - began));
    await sleep(100); // the object stores its results
  }
  return all;
}

/** The same requests from this process: what receiver and machine take themselves. */
async function bare({ receiver }: Rig, { events, endpoints }: Case): Promise<number> {
  let left = events * endpoints;
  const started = performance.now();
  const lane = async (): Promise<void> => {
    while (left-- > 0) await (await fetch(`${receiver.url}/bare`, { method: 'POST', body: '{}' })).arrayBuffer();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return performance.now() - started;
}

const at = (values: readonly number[], percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil((percent * values.length) / 100) - 1] ?? Number.NaN;

function linesOf({ events, endpoints }: Case, times: readonly number[], besideMs: number): Line[] {
  const what = `${events.toLocaleString('en-US')} ${events === 1 ? 'event' : 'events'} to ${String(endpoints)}`;
  const one = (name: string, value: number): Omit<Line, 'beside' | 'aim'> => ({
    ...{ what: `${what}: ${name}`, unit: 'ms', figure: spread([value]), ratio: null },
  });
  const p99 = at(times, 99);
  return [
    { ...one('p50', at(times, 50)), beside: null, aim: null },
    {
      ...one('p99', p99),
      beside: { what: 'as many bare requests', figure: spread([besideMs]) },
      aim: { text: '≤ 10 s', met: p99 <= AIM_MS },
    },
  ];
}

async function run({ quick, say }: BenchOptions): Promise<Section> {
  const cases: readonly Case[] = quick
    ? [
        { events: 1, endpoints: 1, runs: 2 },
        { events: 20, endpoints: 2, runs: 1 },
      ]
    : [
        ...[
          { events: 1, endpoints: 1, runs: 30 },
          { events: 1, endpoints: 20, runs: 10 },
        ],
        ...[
          { events: 1_000, endpoints: 1, runs: 3 },
          { events: 1_000, endpoints: 20, runs: 1 },
        ],
      ];
  const processes = openProcesses();
  const receiver = await startReceiver();
  try {
    const env = { ALLOW_HTTP_HOSTS: LOOPBACK, VAULT_KEY: randomBytes(32).toString('hex') };
    const state = join(processes.folder, 'webhooks');
    const edge = await startEdge(processes, { bundle: await bundle(), env, state, port: 0, onLog: say });
    const lines: Line[] = [];
    try {
      for (const each of cases) {
        say(`webhooks: ${String(each.events)} events to ${String(each.endpoints)} endpoints`);
        const times = await runCase({ edge, receiver }, each);
        lines.push(...linesOf(each, times, await bare({ edge, receiver }, each)));
      }
    } finally {
      await edge.stop();
    }
    return {
      title: 'Webhooks: from the batch that stores an event to the receiver’s answer',
      lines,
      notes: ['One object an endpoint sends at most 20 a second, so a burst of 1,000 takes fifty seconds by design.'],
    };
  } finally {
    await receiver.stop();
    await processes.close();
  }
}

export const webhooksBench: Bench = {
  name: 'webhooks',
  about: 'from the batch to the receiver’s answer, by size of the burst',
  run,
};
