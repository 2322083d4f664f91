// Writes the golden vectors that our second implementation (reference/) makes: `node test/vectors/generate.ts`, or with
// `--check` compares. Everything is deterministic; generate-chain.ts does the same for the chain's side.
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { SHA, hex, sample, unhex, type Hex } from './reference/bytes.ts';
import { matrixKey, openings, paramsBytes, positions, prove, row, type Shape } from './reference/gemm.ts';
import { renderConsensus } from './reference/consensus-cases.ts';
import { beaconRound, drawCount, draws, due, slotCount, start, type Setting } from './reference/schedule.ts';
import * as vram from './reference/vram.ts';
import * as wire from './reference/wire.ts';

// ── challenge kind 1: an odd number of leaves, a whole number of rows but no power of two, several column blocks, one round ──
const SHAPES: readonly (Shape & { readonly name: string })[] = [
  { name: 'five leaves', M: 5, N: 256, K: 64, R: 2, k: 4 },
  { name: 'three column blocks', M: 11, N: 768, K: 128, R: 3, k: 9 },
  { name: 'one round', M: 13, N: 512, K: 192, R: 1, k: 8 },
];

function gemmCase({ name, ...shape }: Shape & { readonly name: string }) {
  const [beacon, seed, nonce, challengeHash] = ['beacon', 'seed', 'nonce', 'challenge'].map((label) =>
    sample(`${name} ${label}`),
  );
  if (beacon === undefined || seed === undefined || nonce === undefined || challengeHash === undefined)
    throw new Error('unreachable');
  const key = matrixKey(beacon);
  const params = paramsBytes(shape, key);
  const job = prove(shape, key, nonce);
  const drawn = positions(shape, seed, challengeHash, job.commitment);
  const bytes = openings(job, drawn);
  const [firstA, lastB] = [row(nonce, 1, 0, shape.K), row(key, 2, shape.K - 1, shape.N)];
  return {
    name,
    shape,
    beacon: hex(beacon),
    seed: hex(seed),
    nonce: hex(nonce),
    challengeHash: hex(challengeHash),
    matrixKey: hex(key),
    params: hex(params),
    paramsHash: hex(SHA(params)),
    firstRowOfA: hex(Uint8Array.from(firstA)),
    lastRowOfB: hex(Uint8Array.from(lastB)),
    nonces: job.nonces.map(hex),
    firstLeaf: { values: job.values[0]?.[0]?.map(Number), digest: hex(job.digests[0]?.[0] ?? Buffer.alloc(0)) },
    roots: job.roots.map(hex),
    commitment: hex(job.commitment),
    positions: drawn,
    drawHash: hex(wire.drawHash(challengeHash, job.commitment, drawn)),
    openingsBytes: bytes.length,
    openingHash: hex(SHA(bytes)),
  };
}

/** Positions alone, where half of all words lie above the largest multiple of L and must be rejected. */
function hugeCase() {
  const shape = { M: 2 ** 23 + 1, N: 65_536, K: 64, R: 4, k: 64 };
  const [seed, challengeHash, commitment] = [sample('huge seed'), sample('huge challenge'), sample('huge commitment')];
  const drawn = positions(shape, seed, challengeHash, commitment);
  return { shape, seed: hex(seed), challengeHash: hex(challengeHash), commitment: hex(commitment), positions: drawn };
}

// ── challenge kind 2: whole groups, a last group of 13 pages, a last group of one; one parent, more than mix has words ──
const MEMORIES: readonly (vram.VramShape & { readonly name: string })[] = [
  { name: 'two groups, one pass, one parent', pages: 64, cacheRows: 256, parents: 1, R: 1, k: 4 },
  { name: 'a tail of 13 pages, three passes', pages: 77, cacheRows: 512, parents: 18, R: 3, k: 9 },
  { name: 'a tail of one page', pages: 161, cacheRows: 1024, parents: 3, R: 2, k: 6 },
];

const littleEndian = (values: readonly bigint[]): Buffer =>
  Buffer.concat(values.map((value) => Buffer.from(Uint32Array.of(Number(value)).buffer)));

function vramCase({ name, ...shape }: vram.VramShape & { readonly name: string }) {
  const [beacon, seed, nonce] = [sample(`${name} beacon`), sample(`${name} seed`), sample(`${name} nonce`)];
  const [challengeHash, nodeId] = [sample(`${name} challenge`), sample(`${name} node`)];
  const fill = vram.fillKey(beacon);
  const params = vram.paramsBytes(shape, fill);
  const memory = new vram.Memory(shape, fill, nodeId);
  const pages = Array.from({ length: shape.pages }, (_, g) => memory.page(g));
  const begin = vram.start(seed, challengeHash);
  const job = vram.provePasses(shape, begin, nonce, pages);
  const drawn = vram.drawPages(shape, seed, challengeHash, job.commitment);
  const bytes = vram.pageOpenings(job, drawn);
  return {
    ...{ name, shape, beacon: hex(beacon), seed: hex(seed), nonce: hex(nonce), challengeHash: hex(challengeHash) },
    ...{ nodeId: hex(nodeId), fillKey: hex(fill), params: hex(params), paramsHash: hex(SHA(params)), start: hex(begin) },
    cacheEnds: [memory.row(0), memory.row(shape.cacheRows - 1)].map((row) => hex(littleEndian(row))),
    firstPage: hex(littleEndian(pages[0] ?? [])),
    pagesHash: hex(SHA(...pages.map(littleEndian))),
    ...{ keys: job.keys.map(hex), roots: job.roots.map(hex), commitment: hex(job.commitment) },
    ends: job.keys.map((_, t) => ({
      firstFold: hex(job.groups[t]?.[0]?.subarray(0, 8) ?? Buffer.alloc(0)),
      lastDigest: hex(job.digests[t]?.at(-1) ?? Buffer.alloc(0)),
    })),
    ...{ positions: drawn, openingsBytes: bytes.length, openingHash: hex(SHA(bytes)) },
  };
}

/** Pages and folds whose numbers lie above 2^31 when counted in items, and positions among them. */
function farCase() {
  const shape = { pages: 2 ** 28, cacheRows: 2 ** 15, parents: 40, R: 2, k: 8 };
  const [beacon, nodeId, key] = [sample('far beacon'), sample('far node'), sample('far key')];
  const memory = new vram.Memory(shape, vram.fillKey(beacon), nodeId);
  const [seed, challengeHash, commitment] = [sample('far seed'), sample('far challenge'), sample('far commitment')];
  const pages = [0, 2 ** 27 - 1, 2 ** 27, 2 ** 28 - 1].map((page) => {
    const d = memory.page(page);
    return { page, hash: hex(SHA(littleEndian(d))), fold: hex(vram.fold(key, page, d)) };
  });
  return {
    ...{ shape, beacon: hex(beacon), nodeId: hex(nodeId), key: hex(key), pages },
    ...{ seed: hex(seed), challengeHash: hex(challengeHash), commitment: hex(commitment) },
    positions: vram.drawPages({ ...shape, pages: 2 ** 28 - 1 }, seed, challengeHash, commitment),
  };
}

// ── schedule ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
const quicknet = { genesis: 1_692_803_367, periodSeconds: 3, leadSeconds: 30 };
/** Nodes of `operators` operators in turn, with all jobs but for those that `without` names by index. */
function nodesOf(count: number, operators: number, without: Readonly<Record<number, readonly number[]>> = {}) {
  return Array.from({ length: count }, (_, index) => ({
    operator: `operator ${String(index % operators)}`,
    kinds: without[index] ?? [1, 2, 5],
  }));
}

type ScheduleCase = Setting & { readonly name: string; readonly epoch: number };
const SETTINGS: readonly ScheduleCase[] = [
  {
    ...{ name: 'an hour of minutes', epoch: 7, genesis: 1_760_000_000, slotSeconds: 60, slotsPerEpoch: 60, beacon: quicknet },
    ...{ auditsPerNodePerDay: 24, jitterMs: 40_000, kinds: [{ kind: 1, weight: 1, cohort: 1 }] },
    ...{ regions: 1, nodes: nodesOf(9, 9), nodeCount: 9, validatorCount: 2 },
  },
  {
    ...{ name: 'ten short slots', epoch: 4_000, genesis: 1_760_000_011, slotSeconds: 3, slotsPerEpoch: 10 },
    beacon: { genesis: 1_760_000_000, periodSeconds: 1, leadSeconds: 2 },
    ...{ auditsPerNodePerDay: 28_800, jitterMs: 1_000, regions: 3, nodeCount: 11, validatorCount: 3 },
    kinds: [
      { kind: 1, weight: 3, cohort: 1 },
      { kind: 1, weight: 2, cohort: 6 },
      { kind: 2, weight: 4, cohort: 3 },
      { kind: 5, weight: 4, cohort: 1 },
    ],
    // two operators with five and six nodes; one is retired, two are not asked for their memory
    nodes: nodesOf(11, 2, { 3: [], 4: [1, 5], 7: [1, 5] }),
  },
  {
    ...{ name: 'more draws than milliseconds of jitter', epoch: 0, genesis: 1_760_000_000, slotSeconds: 60, slotsPerEpoch: 2 },
    ...{ beacon: quicknet, auditsPerNodePerDay: 1_440, jitterMs: 7, kinds: [{ kind: 1, weight: 3, cohort: 2 }] },
    ...{ regions: 2, nodes: nodesOf(10, 4), nodeCount: 10, validatorCount: 1 },
  },
];

function scheduleCase({ name, epoch, ...setting }: ScheduleCase) {
  const [seed, beacon] = [sample(`${name} seed`), sample(`${name} beacon`)];
  const slots = Array.from({ length: setting.slotsPerEpoch }, (_, slot) => slot);
  return {
    ...{ name, epoch, setting, seed: hex(seed), beacon: hex(beacon), start: start(setting, epoch) },
    ...{ beaconRound: beaconRound(setting, epoch), drawCount: drawCount(setting) },
    slotCounts: slots.map((slot) => slotCount(setting, slot)),
    draws: slots.flatMap((slot) => draws(setting, epoch, seed, beacon, slot)),
    due: slots
      .flatMap((slot) => due(setting, epoch, seed, beacon, slot))
      .map(({ slot, draw, nodeIndex }) => ({ slot, draw, nodeIndex })),
  };
}

// ── nonce, messages, transcript ──────────────────────────────────────────────────────────────────────────────────────────
function wireCase() {
  const registry = unhex('0x5fbdb2315678afecb367f032d93f642f64180aa3');
  const [validator, nodeId] = [sample('validator').subarray(0, 20), sample('node')];
  const context = { chainId: 31_337, registry, validator, nodeId, epoch: 4_294_967_303, slot: 3, draw: 258, kind: 1 };
  const [seed, randomness, commitment, challengeHash] = [
    sample('wire seed'),
    sample('round'),
    sample('commitment'),
    sample('wire challenge'),
  ];
  const params = paramsBytes({ M: 5, N: 256, K: 64, R: 2, k: 4 }, sample('matrix key'));
  const nonce = wire.nonce(context, seed, randomness, SHA(params));
  const [long, short] = [
    Buffer.concat([sample('r'), sample('s'), Buffer.of(27)]),
    Buffer.concat([sample('node r'), sample('node s')]),
  ];
  const roots = [sample('root 0'), sample('root 1')];
  const deadline = 1_760_000_012_345;
  const drawn = [
    { round: 0, leaf: 4 },
    { round: 1, leaf: 4_294_967_294 },
  ];
  const body = Buffer.concat([Buffer.of(0, 2), sample('openings')]);
  const messages = [
    wire.challengeRequest(context, nonce, deadline, long, params),
    wire.commitmentResponse(nodeId, challengeHash, commitment, short, roots),
    wire.openingsRequest(challengeHash, commitment, long, drawn),
    wire.openingsResponse(challengeHash, commitment, short, body),
  ] as const;
  const [request, answer, asked, opened] = messages;
  const none = Buffer.alloc(0);
  const start = sample('start');
  const filled = [wire.ready(challengeHash), wire.startRequest(challengeHash, start, long)] as const;
  const busy = wire.busy(nodeId, challengeHash, short, request);
  const transcripts = [
    [request, none, none, answer, asked, opened],
    [request, ...filled, answer, asked, opened],
    [request, none, none, busy, none, none],
    [request, busy, none, none, none, none],
    [request, none, none, none, none, none],
  ].map(wire.transcript);
  const [challenge, commitmentMessage, draw, opening] = messages.map(hex);
  return {
    context: { ...context, registry: hex(registry), validator: hex(validator), nodeId: hex(nodeId) },
    ...{
      seed: hex(seed),
      randomness: hex(randomness),
      params: hex(params),
      paramsHash: hex(SHA(params)),
      nonce: hex(nonce),
      deadline,
    },
    ...{
      validatorSignature: hex(long),
      nodeSignature: hex(short),
      challengeHash: hex(challengeHash),
      commitment: hex(commitment),
    },
    ...{
      roots: roots.map(hex),
      positions: drawn,
      drawHash: hex(wire.drawHash(challengeHash, commitment, drawn)),
      openings: hex(body),
    },
    start: hex(start),
    messages: {
      ...{ challenge, commitment: commitmentMessage, draw, opening },
      ...{ ready: hex(filled[0]), start: hex(filled[1]), busy: hex(busy) },
    },
    presence: { region: 2, params: hex(wire.presenceParams(2)), commitment: hex(wire.presenceCommitment(nonce)) },
    transcripts: transcripts.map((bytes) => ({ bytes: hex(bytes), hash: hex(SHA(bytes)) })) satisfies { bytes: Hex; hash: Hex }[],
  };
}

// ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
/** Every file's name and text. */
export function renderReference(): Record<string, string> {
  const files = {
    'consensus.json': renderConsensus(),
    'gemm.json': { cases: SHAPES.map(gemmCase), huge: hugeCase() },
    'schedule.json': { cases: SETTINGS.map(scheduleCase) },
    'vram.json': { cases: MEMORIES.map(vramCase), far: farCase() },
    'wire.json': wireCase(),
  };
  return Object.fromEntries(Object.entries(files).map(([name, value]) => [name, `${JSON.stringify(value, null, 2)}\n`]));
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(renderReference())) {
    const path = fileURLToPath(new URL(name, import.meta.url));
    if (!argv.includes('--check')) writeFileSync(path, text);
    else if (readFileSync(path, 'utf8') !== text) throw new Error(`${name} is out of date: run this without --check`);
  }
}
