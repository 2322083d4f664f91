// The second half of measure 1: for each class that has both jobs, what one audit of either kind costs its verifier, beside the
// node's work and beside doing that work again on this CPU.
import { randomBytes } from 'node:crypto';
import { ZERO32, toHex, u32, type Hex } from '../protocol/bytes.ts';
import { KIND_GEMM, KIND_VRAM } from '../protocol/challenge.ts';
import { checkGemm, fullCheck } from '../protocol/challenges/gemm/check.ts';
import { encodeGemmParams, gemmOps, gemmParams, leavesPerRound, type GemmParams } from '../protocol/challenges/gemm/params.ts';
import { checkVram } from '../protocol/challenges/vram/check.ts';
import { expandCache } from '../protocol/challenges/vram/data.ts';
import { encodeVramParams, vramBytes, vramParams, type VramParams } from '../protocol/challenges/vram/params.ts';
import { sha256 } from '../protocol/hash.ts';
import {
  encodeChallengeMessage,
  encodeCommitmentMessage,
  encodeDrawMessage,
  encodeOpeningMessage,
  encodeReadyMessage,
  encodeStartMessage,
} from '../protocol/messages.ts';
import type { GpuClass, VramJob } from '../protocol/policy.ts';
import type { Position } from '../protocol/receipts.ts';
import { shippedPolicies } from '../schema/policy/shipped.ts';
import { alone, spread, type BenchOptions, type Line, type Section } from './measure.ts';
import { sparseProof, type SparseProof } from './sparse-proof.ts';
import { sparseVram } from './sparse-vram.ts';
import type { PreparedClass } from './verify-classes-inside.ts';
import { startBenchWorker, type BenchWorker } from './workerd.ts';

/** Of a sample, so that the 10 ms steps of a process' account are little. */
const SAMPLE_MS = 300;
const SLICE = { fill: 128, pass: 8_192 };

/** As many distinct places in each of `rounds` as the draw would have. */
export function fixedPositions(rounds: number, each: number, places: number): Position[] {
  return Array.from({ length: rounds }, (_, round) => {
    const taken = new Set<number>();
    for (let i = 0; taken.size < each; i++) taken.add(Buffer.from(sha256(u32(round), u32(i))).readUInt32BE() % places);
    return [...taken].map((leaf) => ({ round, leaf }));
  }).flat();
}

type WithVram = GpuClass & { readonly vram: VramJob };
type Built = { readonly name: string; readonly prepared: PreparedClass; readonly wire: { gemm: number; vram: number } };

const ids = { challengeHash: ZERO32, commitment: ZERO32, nodeId: ZERO32 };
const [long, short]: [Hex, Hex] = [`0x${'00'.repeat(65)}`, `0x${'00'.repeat(64)}`];

/** Bytes of the bodies of all messages of one audit; only their lengths matter. */
function wireBytes(kind: number, params: Uint8Array, positions: readonly Position[], proof: SparseProof): number {
  const domain = { chainId: 1, registry: `0x${'00'.repeat(20)}` } as const;
  const head = { epoch: 0, slot: 0, draw: 0, validator: domain.registry, nodeId: ZERO32, kind, paramsHash: ZERO32 };
  const messages = [
    encodeChallengeMessage({ domain, challenge: { ...head, nonce: ZERO32, deadline: 0 }, params, signature: long }),
    ...(kind === KIND_VRAM ? [encodeReadyMessage(ids), encodeStartMessage({ ...ids, start: ZERO32, signature: long })] : []),
    encodeCommitmentMessage({ ...ids, signature: short, roots: proof.roots }),
    encodeDrawMessage({ ...ids, positions, signature: long }),
    encodeOpeningMessage({ ...ids, signature: short, openings: proof.openings }),
  ];
  return messages.reduce((sum, { length }) => sum + length, 0);
}

function gemmOf(params: GemmParams): { proof: PreparedClass['gemm']; wire: number } {
  const nonce = toHex(randomBytes(32));
  const places = leavesPerRound(params);
  const positions = fixedPositions(params.rounds, params.openings / params.rounds, places);
  const used = positions.filter(({ round }) => round === 0).map(({ leaf }) => leaf);
  let leaf = 0; // the secretless one
  while (used.includes(leaf)) leaf++;
  positions.push({ round: 0, leaf });
  const { roots, openings } = sparseProof(params, nonce, positions);
  const said = checkGemm({ params, nonce, roots, positions }, openings, fullCheck(params));
  if (said !== 'none') throw new Error(`the verifier says ${said} of an honest K1 proof`);
  const wire = wireBytes(KIND_GEMM, encodeGemmParams(params), positions, { roots, openings });
  return { proof: { params, nonce, positions, roots: roots.map(toHex), openings: toHex(openings) }, wire };
}

function vramOf(params: VramParams, nodeId: Hex): { proof: PreparedClass['vram']; wire: number } {
  const [nonce, start] = [toHex(randomBytes(32)), toHex(randomBytes(32))];
  const positions = fixedPositions(params.passes, params.openings / params.passes, params.pages);
  const cache = expandCache(params);
  const honest = sparseVram({ params, start, nonce, nodeId }, positions);
  const lie = sparseVram({ params, start, nonce, nodeId }, positions, positions.length - 1);
  const said = [honest, lie].map(({ roots, openings }) =>
    checkVram({ params, nonce, start, roots, positions }, openings, nodeId, cache),
  );
  if (said.join() !== 'none,wrong_result') throw new Error(`the verifier says ${said.join()} of a true and a false K2 proof`);
  const { roots, openings } = honest;
  const wire = wireBytes(KIND_VRAM, encodeVramParams(params), positions, honest);
  return { proof: { params, nonce, start, positions, roots: roots.map(toHex), openings: toHex(openings) }, wire };
}

function build({ name, gemm: gemmJob, vram: vramJob }: WithVram): Built {
  const [beacon, seed, nodeId] = [toHex(randomBytes(32)), toHex(randomBytes(32)), toHex(randomBytes(32))];
  const gemm = gemmOf(gemmParams(gemmJob, beacon));
  const vram = vramOf(vramParams(vramJob, beacon), nodeId);
  const small = { ...gemm.proof.params, rows: 4, columns: 1024, depth: Math.min(gemmJob.depth, 4096) };
  return {
    name,
    prepared: { seed, nodeId, gemm: gemm.proof, vram: vram.proof, small, slice: SLICE },
    wire: { gemm: gemm.wire, vram: vram.wire },
  };
}

/** Milliseconds of one `part`, several samples, an empty request's taken off. */
async function cost(worker: BenchWorker, part: string, samples: number, sampleMs: number): Promise<number[]> {
  await worker.ask(`/run/${part}/1`); // compiled before it counts
  const once = Math.max(1, await worker.cost(`/run/${part}/2`)) / 2;
  const times = Math.min(1_000, Math.max(1, Math.ceil(sampleMs / once)));
  const found: number[] = [];
  for (let i = 0; i < samples; i++) {
    const empty = await worker.cost('/run/empty/1');
    found.push(Math.max(0, (await worker.cost(`/run/${part}/${String(times)}`)) - empty) / times);
  }
  return found;
}

type Costs = Readonly<Record<'gemm' | 'gemm-setup' | 'multiply' | 'vram' | 'vram-setup' | 'fill' | 'pass', number[]>>;

/** Rates of re-execution by what they depend on: measured once, so that classes of one shape are compared on the same figure. */
type Rates = Map<string, number[]>;

async function costsOf({ prepared }: Built, { quick }: BenchOptions, rates: Rates): Promise<Costs> {
  const worker = await startBenchWorker('verify-classes-inside.ts');
  const of = (part: keyof Costs): Promise<number[]> => cost(worker, part, quick ? 1 : 5, quick ? 30 : SAMPLE_MS);
  const once = async (part: keyof Costs, shape: string): Promise<number[]> => {
    const found = rates.get(`${part} ${shape}`) ?? (await of(part));
    rates.set(`${part} ${shape}`, found);
    return found;
  };
  try {
    await worker.ask('/prepare', prepared);
    const { cacheRows, parents } = prepared.vram.params;
    return {
      ...{
        'gemm-setup': await of('gemm-setup'),
        gemm: await of('gemm'),
        'vram-setup': await of('vram-setup'),
        vram: await of('vram'),
      },
      multiply: await once('multiply', String(prepared.small.depth)),
      fill: await once('fill', `${String(cacheRows)}/${String(parents)}`),
      pass: await once('pass', ''),
    };
  } finally {
    await worker.stop();
  }
}

type Measured = Built & { readonly costs: Costs };

const median = (samples: readonly number[]): number => spread(samples).median;

/** A figure with its fellow of the node or of re-execution; the ratio is how many times less the verifier's is. */
function beside(what: string, unit: string, ours: readonly number[], other: string, theirs: readonly number[]): Line {
  return {
    ...{ what, unit, figure: spread(ours), beside: { what: other, figure: spread(theirs) } },
    ...{ ratio: median(theirs) / median(ours), aim: null },
  };
}

function timeLines({ name, prepared, costs }: Measured): Line[] {
  const { gemm, vram, small, slice } = prepared;
  const seconds = (samples: readonly number[]): number[] => samples.map((ms) => ms / 1000);
  const scale = Number(gemmOps(gemm.params)) / Number(gemmOps({ ...small, rounds: 1 }));
  const perPage = median(costs.fill) / slice.fill;
  const { pages, passes } = vram.params;
  const again = costs.pass.map((ms) => (pages * (perPage + (passes * ms) / slice.pass)) / 1000);
  return [
    beside(
      `${name}, K1`,
      's CPU',
      seconds(costs.gemm),
      'job run again, scaled',
      seconds(costs.multiply).map((s) => s * scale),
    ),
    beside(`${name}, K2`, 's CPU', seconds(costs.vram), 'filled and passed again, scaled', again),
  ];
}

/** Operations that the verifier of a K1 audit does: per opening two products of a row with a secret vector and of 256 values in two halves with another, and one leaf in full. */
function gemmVerifierOps({ openings, depth }: GemmParams): number {
  return openings * (2 * 2 * depth + 2 * 2 * 2 * 256) + 2 * 256 * depth;
}

/** Bytes that the verifier of a K2 audit reads: per opened page the cache rows that made it, and the page itself. */
function vramVerifierBytes({ openings, parents }: VramParams): number {
  return openings * 1024 * (parents + 1);
}

function workLines({ name, prepared }: Measured): Line[] {
  const { gemm, vram } = prepared;
  const million = (n: number): number[] => [n / 1e6];
  const ops = [million(gemmVerifierOps(gemm.params)), million(Number(gemmOps(gemm.params)))] as const;
  const bytes = [million(vramVerifierBytes(vram.params)), million(Number(vramBytes(vram.params)))] as const;
  return [
    beside(`${name}, K1`, 'Mop', ops[0], 'the node’s operations', ops[1]),
    beside(`${name}, K2`, 'MB read', bytes[0], 'the node’s, passes alone', bytes[1]),
  ];
}

function otherLines({ name, wire, costs }: Measured): Line[] {
  return [
    alone(`${name}, K1: messages`, 'kB', [wire.gemm / 1000]),
    alone(`${name}, K2: messages`, 'kB', [wire.vram / 1000]),
    alone(`${name}, K1: set-up, once an epoch`, 'ms CPU', costs['gemm-setup']),
    alone(`${name}, K2: set-up, once an epoch`, 'ms CPU', costs['vram-setup']),
  ];
}

/** Three sections over all classes of the shipped policy "network" that have a vram job; the last class alone when quick. */
export async function classSections(options: BenchOptions): Promise<Section[]> {
  const all = shippedPolicies.find(({ name }) => name === 'network')?.classes ?? [];
  const both = all.filter((one): one is WithVram => one.vram !== null);
  const measured: Measured[] = [];
  const rates: Rates = new Map();
  for (const gpuClass of options.quick ? both.slice(-1) : both) {
    options.say(`verify: class ${gpuClass.name}`);
    const built = build(gpuClass);
    measured.push({ ...built, costs: await costsOf(built, options, rates) });
  }
  if (measured.length === 0) return [];
  return [
    {
      title: 'By class: the verifier’s time for the openings of one audit, beside the same job on this CPU',
      lines: measured.flatMap(timeLines),
      notes: [
        'Openings alone, proofs sparse as above; receipts and signatures cost the same for every class and kind (first table).',
        `No job here is run again: K1 is scaled from 4 rows × 1,024 columns of the reference prover, K2 from ${String(SLICE.fill)} pages filled and ${String(SLICE.pass)} pages folded with their tree, in the same process.`,
        'Checked before: the proofs are accepted; a false fold under its own tree is wrong_result.',
      ],
    },
    {
      title: 'By class: the verifier’s work beside the node’s',
      lines: measured.flatMap(workLines),
      notes: [
        'K1 counts multiplications and additions of products: k leaves by two primes, the secretless leaf in full. Hashes are in neither.',
        'K2 counts bytes: of the cache and of the page for each opening; for the node what the timed passes read. Filling reads `parents` times the memory on top, untimed.',
      ],
    },
    {
      title: 'By class: bytes on the wire, and what is set up once an epoch',
      lines: measured.flatMap(otherLines),
      notes: ['Message bodies of one audit, both directions: four messages for K1, six for K2.'],
    },
  ];
}
