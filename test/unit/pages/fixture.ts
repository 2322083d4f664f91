// Profiles as the services give them, for pages that are drawn without a database: numbers follow from small rules, none is measured.
import type { Hex } from '../../../protocol/bytes.ts';
import { policyHash } from '../../../protocol/policy.ts';
import type { IncidentItem } from '../../../schema/api/incidents.ts';
import type { NodeDetail } from '../../../schema/api/nodes.ts';
import type { Bar, History, Point, Profile, Range, RecentAudit, RegionService, Slice } from '../../../schema/api/profile.ts';
import { shippedPolicies } from '../../../schema/policy/shipped.ts';
import type { WebSettings } from '../../../workers/services/views/ports.ts';
import type { NodePage } from '../../../workers/web/pages/node.ts';

export const hashOf = (digit: string): Hex => `0x${digit.repeat(64)}`;
export const addressOf = (digit: string): Hex => `0x${digit.repeat(40)}`;

export const NOW_MS = Date.UTC(2026, 10, 22, 12);
const HOUR_MS = 3_600_000;

export function settingsOf(change: Partial<WebSettings> = {}): WebSettings {
  const policy = shippedPolicies.find(({ name }) => name === 'network');
  if (policy === undefined) throw new Error('The network policy does not ship.');
  return {
    ...{ role: 'gateway', version: '0.1.0', chainId: 31337, registry: addressOf('5'), validator: null, signer: null, policy },
    ...{ policyHash: policyHash(policy), clock: { genesis: 1_767_225_600, slotSeconds: 60, slotsPerEpoch: 60 } },
    ...{ publicUrl: null, publicRpcUrl: 'http://127.0.0.1:8545' },
    ...change,
  };
}

const SLICES: readonly Slice[] = [
  { key: 'correctness', ppm: 1_000_000, unit: 'ppm', value: 1_000_000, low: 990_700, high: 1_000_000, samples: 412 },
  {
    key: 'performance',
    ppm: 720_000,
    unit: 'ops/s',
    value: 1_417_000_000_000_000,
    low: 1_417_000_000_000_000,
    high: null,
    samples: 412,
  },
  { key: 'latency', ppm: 810_000, unit: 'ms', value: 58, low: null, high: 171, samples: 8640 },
  { key: 'uptime', ppm: 960_000, unit: 'ppm', value: 996_000, low: 994_500, high: 997_200, samples: 8640 },
  { key: 'evidence', ppm: 390_000, unit: 'samples', value: 390, low: null, high: null, samples: 412 },
];

const REGIONS: readonly RegionService[] = [
  ['wnam', 155],
  ['enam', 82],
  ['sam', 211],
  ['weur', 14],
  ['eeur', 31],
  ['apac', 190],
  ['oc', 281],
  ['afr', 96],
  ['me', 104],
].map(([region, latencyMs]) => ({
  ...{ region: String(region), present: region === 'oc' ? 930 : 957, absent: region === 'oc' ? 30 : 3 },
  ...{ uptimePpm: region === 'oc' ? 968_750 : 996_875, latencyMs: Number(latencyMs), latencyHighMs: 2 * Number(latencyMs) + 12 },
}));

export function barsOf(count: number): Bar[] {
  return Array.from({ length: count }, (_, i) => {
    const fromMs = NOW_MS - (count - i) * 24 * HOUR_MS;
    const [old, bad] = [i < 9, i % 37 === 31];
    return {
      ...{ fromMs, throughMs: fromMs + 24 * HOUR_MS, fromEpoch: 24 * i, throughEpoch: 24 * i + 23 },
      ...{
        pass: old ? 0 : bad ? 11 : 14,
        fail: bad ? 3 : 0,
        present: old ? 0 : 287 - (i % 3),
        absent: old ? 0 : bad ? 60 : i % 3,
      },
    };
  });
}

const STEPS: Readonly<Record<Range, { points: number; hours: number }>> = {
  ...{ '24h': { points: 24, hours: 1 }, '7d': { points: 84, hours: 2 } },
  ...{ '30d': { points: 103, hours: 7 }, '90d': { points: 120, hours: 18 } },
};

export function historyOf(range: Range): History {
  const { points, hours } = STEPS[range];
  const point = (i: number): Point => {
    const gap = i > 40 && i < 45;
    const wave = Math.sin(i / 5) + Math.sin(i / 1.7) / 2;
    const [latencyMs, rate] = [Math.round(58 + 7 * wave), Math.round(1.42e15 + 2.2e13 * wave)];
    return {
      ...{ fromEpoch: i * hours, fromMs: NOW_MS - (points - i) * hours * HOUR_MS, pass: 3, fail: 0, present: 60, absent: 0 },
      ...{ latencyMs: gap ? null : latencyMs, latencyHighMs: gap ? null : 2 * latencyMs + (i % 11 === 3 ? 160 : 30) },
      ...{ rate: gap || i % 19 === 7 ? null : rate, rateLow: gap || i % 19 === 7 ? null : rate - 6e13, scorePpm: 985_000 },
    };
  };
  return {
    ...{ node: { index: 3, id: hashOf('a') }, range, stepEpochs: hours, fromEpoch: 0, throughEpoch: points * hours - 1 },
    points: Array.from({ length: points }, (_, i) => point(i)),
  };
}

export function recentOf(count: number): RecentAudit[] {
  return Array.from({ length: count }, (_, i) => {
    const reason = i === 1 ? 'below_claim' : i === 4 ? 'timeout' : 'none';
    return {
      ...{
        id: `2159-${String(50 - i)}-${String(i)}`,
        validator: addressOf(String(i % 4)),
        validatorUrl: `https://validator-${String(i % 4)}.example.org`,
      },
      ...{ kind: i % 5 === 2 ? 2 : 1, outcome: reason === 'none' ? ('pass' as const) : ('fail' as const), reason },
      ...{
        elapsedMs: reason === 'timeout' ? 0 : 1204 + i,
        measure: reason === 'timeout' ? 0 : i % 5 === 2 ? 2.81e12 : 1.417e15,
        startedAtMs: NOW_MS - i * 1_900_000,
      },
    };
  });
}

export function incidentOf(change: Partial<IncidentItem> = {}): IncidentItem {
  const openedAtMs = NOW_MS - 50 * HOUR_MS;
  return {
    ...{ id: 'inc-1', node: { index: 3, id: hashOf('a') }, severity: 'down', open: false, cause: 'timeout', openedAtMs },
    ...{ confirmedAtMs: openedAtMs + 21_000, recoveredAtMs: openedAtMs + 734_000 },
    seenBy: [
      { validator: addressOf('1'), sinceMs: openedAtMs },
      { validator: addressOf('2'), sinceMs: openedAtMs + 21_000 },
    ],
    events: [{ id: 'e', type: 'node.down', atMs: openedAtMs + 21_000 }],
    ...change,
  };
}

export function profileOf(change: Partial<Profile> = {}): Profile {
  return {
    ...{ id: hashOf('a'), index: 3, operator: addressOf('b'), class: 'h100-sxm', vramMiB: 81_559, host: 'gpu-3.example.net' },
    ...{ status: 'audited', totals: null, standing: null, failures: [], lastAudit: null, url: 'https://gpu-3.example.net/' },
    verdict: {
      ...{ epoch: 2159, nodeIndex: 3, nodeId: hashOf('a'), scorePpm: 985_000, ratePpm: 995_000, correctPpm: 1_000_000 },
      ...{ samples: 412, effectiveSamples: 390, measure: 1_417_000_000_000_000, elapsedMs: 1204, tier: 1, tierName: 'A' },
      ...{
        uptimePpm: 996_000,
        uptimeLowPpm: 994_700,
        uptimeSamples: 8640,
        latencyMs: 58,
        latencyHighMs: 171,
        bandwidth: 2_810_000_000_000,
      },
    },
    ...{
      methodology: '1.0',
      grade: 'reliable',
      why: 'Not better, because its median answer takes 58 ms (30 ms asked).',
      health: 'healthy',
    },
    slices: [...SLICES],
    evidence: {
      ...{ fromEpoch: 1440, throughEpoch: 2159, validators: 4, pass: 412, wrong: 0, fail: 0, present: 8605, absent: 35 },
      ...{ rate: 1_417_000_000_000_000, floor: 1_310_000_000_000_000 },
    },
    ...{ bars: barsOf(90), regions: [...REGIONS], nearest: 'weur', recent: recentOf(30) },
    ...change,
  };
}

export function detailOf(change: Partial<NodeDetail> = {}): NodeDetail {
  const { bars: _b, regions: _r, recent: _c, slices: _s, evidence: _e, nearest: _n, ...rest } = profileOf();
  const { grade: _g, why: _w, health: _h, methodology: _m, ...item } = rest;
  const tally = { wrong: 0, slow: 0, network: 1, busy: 2, void: 1, present: 2150, absent: 9 };
  return {
    ...item,
    ...{
      publicKey: { x: hashOf('c'), y: hashOf('d') },
      fromEpoch: 1200,
      window: { fromEpoch: 0, throughEpoch: 2159 },
      epochs: [],
      presence: null,
    },
    network: {
      ...{ window: { fromEpoch: 1440, throughEpoch: 2159 }, samplesMin: 100 },
      validators: ['1', '2', '3', '4'].map((digit) => ({ validator: addressOf(digit), pass: 103, ...tally })),
      history: item.verdict === null ? [] : [item.verdict],
    },
    ...change,
  };
}

export function nodePageOf(change: Partial<NodePage> = {}): NodePage {
  const incidents = {
    items: [
      incidentOf({
        id: 'now',
        seenBy: [{ validator: addressOf('1'), sinceMs: NOW_MS - HOUR_MS }],
        open: true,
        severity: 'suspected',
        recoveredAtMs: null,
        confirmedAtMs: null,
        openedAtMs: NOW_MS - HOUR_MS,
        cause: 'unreachable',
      }),
      incidentOf(),
      incidentOf({
        id: 'old',
        seenBy: [{ validator: addressOf('2'), sinceMs: NOW_MS - 500 * HOUR_MS }],
        severity: 'degraded',
        cause: 'unreachable',
        openedAtMs: NOW_MS - 500 * HOUR_MS,
        confirmedAtMs: null,
        recoveredAtMs: NOW_MS - 496 * HOUR_MS,
      }),
    ],
    next: null,
  };
  return {
    ...{ settings: settingsOf(), node: detailOf(), profile: profileOf(), history: historyOf('30d'), incidents },
    ...{ audits: null, chartEpochs: 48, origin: 'https://assay.example.org' },
    ...change,
  };
}
