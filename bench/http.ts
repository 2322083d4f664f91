// Measure 9: what readers wait for. The gateway that would be deployed, in local workerd, over a month of a thousand nodes; beside it a bare
// hono route in a runtime of its own, asked by the same client in the same run. Then what each page weighs.
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { workerBundle } from '../local/artifacts.ts';
import { startEdge, type Edge } from '../local/edge.ts';
import { openProcesses } from '../local/processes.ts';
import { shippedPolicies } from '../schema/policy/shipped.ts';
import { CHAIN_ID, nodeIdOf, operatorOf, REGISTRY, seedMonth, validatorOf } from './http-seed.ts';
import { alone, spread, type Bench, type BenchOptions, type Line, type Section } from './measure.ts';
import { startBenchWorker } from './workerd.ts';

const NODES = 1_000;
const EPOCHS = 720;
const QUICK = { nodes: 60, epochs: 30 } as const;
/** Questions that are under way at the same time; more wait for the one core that a runtime has. */
const LANES = 4;
const LOAD_MS_MAX = 6_000;
const WARM_UP = 5;
const PAGE_KB_MAX = 100;
const HOUR_SECONDS = 3_600;

const some = nodeIdOf(12);
const ROUTES: readonly (readonly [string, string])[] = [
  ['/v1/ranking', '/v1/ranking?limit=50'],
  ['/v1/ranking, searched', '/v1/ranking?q=gpu-4&sort=latency&limit=50'],
  ['/v1/nodes/best', '/v1/nodes/best?class=h100-sxm&min_score=900000&region=weur'],
  ['/v1/nodes/:id/profile', `/v1/nodes/${some}/profile`],
  ['/v1/nodes/:id/history, 24 h', `/v1/nodes/${some}/history?range=24h`],
  ['/v1/nodes/:id/history, 30 days', `/v1/nodes/${some}/history?range=30d`],
  ['/v1/operators/:address', `/v1/operators/${operatorOf(12)}`],
  ['/v1/network/facts', '/v1/network/facts'],
  ['/metrics, 1,000 nodes', '/metrics'],
  ['/badges/nodes/:id.svg', `/badges/nodes/${some}.svg`],
];
const pagesOf = (epochs: number): readonly (readonly [string, string])[] => [
  ['page: network', '/'],
  ['page: network, filtered', '/network?q=gpu-4&sort=uptime'],
  ['page: node', `/nodes/${some}`],
  ['page: compare', `/compare?nodes=${some},${nodeIdOf(13)}`],
  ['page: operator', `/operators/${operatorOf(12)}`],
  ['page: epoch', `/consensus/${String(epochs - 1)}`],
  ['page: validator', `/validators/${validatorOf(0)}`],
  ['page: methodology', '/methodology'],
  ['page: status', '/status'],
  ['page: reference', '/reference'],
];

type Figures = { readonly latencies: readonly number[]; readonly perSecond: number };

/** @throws Error where anything but 200 comes: nothing is timed that does not do its work */
async function askOnce(url: string): Promise<number> {
  const started = performance.now();
  const response = await fetch(url);
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${url} answers ${String(response.status)}`);
  return performance.now() - started;
}

/** So many requests, or as many as there are in the time. */
async function load(url: string, requests: number): Promise<Figures> {
  for (let i = 0; i < WARM_UP; i++) await askOnce(url); // compiled before it counts
  const latencies: number[] = [];
  let left = requests;
  const started = performance.now();
  const lane = async (): Promise<void> => {
    while (left-- > 0 && performance.now() - started < LOAD_MS_MAX) latencies.push(await askOnce(url));
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { latencies, perSecond: (1000 * latencies.length) / (performance.now() - started) };
}

const at = (values: readonly number[], percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil((percent * values.length) / 100) - 1] ?? Number.NaN;

function linesOf(what: string, ours: Figures, bare: Figures): Line[] {
  const beside = (figure: number): Line['beside'] => ({ what: 'a bare route', figure: spread([figure]) });
  const line = (name: string, unit: string, figure: number, other: number): Line => ({
    ...{ what: `${what}: ${name}`, unit, figure: spread([figure]), beside: beside(other), ratio: null, aim: null },
  });
  return [
    line('p50', 'ms', at(ours.latencies, 50), at(bare.latencies, 50)),
    line('p99', 'ms', at(ours.latencies, 99), at(bare.latencies, 99)),
    line('requests', '/s', ours.perSecond, bare.perSecond),
  ];
}

/** The page and all that it names of this origin, compressed one by one as a server would send them. */
async function weightOf(origin: string, path: string): Promise<number> {
  const html = await (await fetch(new URL(path, origin))).text();
  const tags = [...html.matchAll(/<(?:link|script|img)\b[^>]*>/g)].map(([tag]) => tag);
  const loaded = tags.filter((tag) => !tag.startsWith('<link') || /rel="(?:stylesheet|icon|modulepreload)"/.test(tag));
  const paths = loaded.flatMap((tag) => /\b(?:href|src)="(\/[^"]*)"/.exec(tag)?.[1] ?? []);
  let bytes = gzipSync(html).length;
  for (const asset of new Set(paths)) {
    const response = await fetch(new URL(asset, origin));
    if (!response.ok) throw new Error(`${path} names ${asset}, which answers ${String(response.status)}`);
    bytes += gzipSync(new Uint8Array(await response.arrayBuffer())).length;
  }
  return bytes / 1000;
}

type Rig = { readonly edge: Edge; readonly bareUrl: string; readonly epochs: number; stop(): Promise<void> };

async function startRig({ quick, say }: BenchOptions): Promise<Rig> {
  const policy = shippedPolicies.find(({ name }) => name === 'network');
  if (policy === undefined) throw new Error('The policy "network" does not ship.');
  const { nodes, epochs } = quick ? QUICK : { nodes: NODES, epochs: EPOCHS };
  const processes = openProcesses();
  const stops: (() => Promise<unknown>)[] = [() => processes.close()];
  const stop = async (): Promise<void> => {
    for (const part of stops.splice(0).reverse()) await part().catch(() => undefined);
  };
  try {
    const nowhere = 'http://127.0.0.1:1'; // nothing that is measured asks chain or beacon
    const env = {
      ROLE: 'gateway',
      CHAIN_ID: String(CHAIN_ID),
      RPC_URL: nowhere,
      BEACON_URL: nowhere,
      REGISTRY_ADDRESS: REGISTRY,
    };
    const bundle = await workerBundle(processes);
    const state = join(processes.folder, 'http');
    const edge = await startEdge(processes, { bundle, env, state, port: 0, onLog: (line) => say(`http: ${line}`) });
    stops.push(() => edge.stop());
    // The newest epoch was revealed a while ago: nothing changes while it is measured.
    const genesis = Math.floor(Date.now() / 1000) - HOUR_SECONDS * epochs - HOUR_SECONDS / 2;
    await seedMonth(await edge.database(), { nodes, epochs, policy, genesis }, say);
    const bare = await startBenchWorker('http-inside.ts');
    stops.push(() => bare.stop());
    return { edge, bareUrl: bare.url, epochs, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function measure(rig: Rig, { quick, say }: BenchOptions): Promise<Section[]> {
  const requests = quick ? 12 : 300;
  const lines: Line[] = [];
  const pages = pagesOf(rig.epochs);
  for (const [what, path] of [...ROUTES, ...pages]) {
    say(`http: ${what}`);
    const bare = await load(new URL('/bare', rig.bareUrl).href, requests);
    lines.push(...linesOf(what, await load(new URL(path, rig.edge.url).href, requests), bare));
  }
  const weights: Line[] = [];
  for (const [what, path] of pages) {
    const kb = await weightOf(rig.edge.url, path);
    weights.push(alone(what, 'kB', [kb], { text: `≤ ${String(PAGE_KB_MAX)} kB`, met: kb <= PAGE_KB_MAX }));
  }
  const { nodes, epochs } = quick ? QUICK : { nodes: NODES, epochs: EPOCHS };
  const notes = [
    `${String(nodes)} nodes, ${String(epochs)} hourly epochs, four validators; ${String(LANES)} questions at a time, ${String(requests)} each or as many as ${String(LOAD_MS_MAX / 1000)} s hold; client and runtime share the machine`,
    'each line’s bare route was asked just before it, by the same client',
  ];
  return [
    { title: 'what readers wait for', lines, notes },
    { title: 'what pages weigh, with their styles, scripts and pictures, gzip', lines: weights, notes: [] },
  ];
}

export const httpBench: Bench = {
  name: 'http',
  about: 'routes and pages over a month of 1,000 nodes, beside a bare hono route, and page weights',
  async run(options) {
    const rig = await startRig(options);
    try {
      return await measure(rig, options);
    } finally {
      await rig.stop();
    }
  },
};
