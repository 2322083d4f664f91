// Measure 1: what one audit of the full GPU profile costs its verifier, in workerd, beside computing the same leaves again and beside
// running the whole job again.
import { randomBytes } from 'node:crypto';
import { toHex, u32 } from '../protocol/bytes.ts';
import { KIND_GEMM, challengeHash, type Challenge } from '../protocol/challenge.ts';
import { checkGemm, secretCheck, type GemmStatement } from '../protocol/challenges/gemm/check.ts';
import { decodeOpenings, encodeOpenings } from '../protocol/challenges/gemm/openings.ts';
import { encodeGemmParams, gemmOps, gemmParams, leavesPerRound, type GemmParams } from '../protocol/challenges/gemm/params.ts';
import { gemmCommitment } from '../protocol/challenges/gemm/prove.ts';
import { gemmSecrets } from '../protocol/challenges/gemm/secrets.ts';
import { sha256 } from '../protocol/hash.ts';
import {
  encodeChallengeMessage,
  encodeCommitmentMessage,
  encodeDrawMessage,
  encodeOpeningMessage,
} from '../protocol/messages.ts';
import { findClass } from '../protocol/policy.ts';
import { commitmentPayload, drawDigest, drawHash, nodeIdOf, openingPayload, type Position } from '../protocol/receipts.ts';
import { signDigest, signerAddress } from '../protocol/signer.ts';
import { shippedPolicies } from '../schema/policy/shipped.ts';
import { testBeacon } from '../test/support/beacon.ts';
import { testNodeKey } from '../test/support/node-key.ts';
import { alone, spread, watchPeak, type Bench, type BenchOptions, type Line, type Section } from './measure.ts';
import { sparseProof, type SparseProof } from './sparse-proof.ts';
import { classSections } from './verify-classes.ts';
import type { Prepared } from './verify-inside.ts';
import { startBenchWorker, type BenchWorker } from './workerd.ts';

const SECRETS_MS_AIM = 6;
const SECRETLESS_MS_AIM = 15;
const WIRE_KB_AIM = 100;
const MEMORY_MIB_AIM = 32;
const AUDITS_AT_PEAK = 20;

type Built = {
  readonly prepared: Prepared;
  readonly wire: readonly number[];
  readonly statement: GemmStatement;
  readonly bytes: Uint8Array;
};

/** As many leaves a round as the draw would have, and one more; chosen before the roots exist. */
function fixedPositions(params: GemmParams): Position[] {
  const leafOf = (i: number): number => Buffer.from(sha256(u32(i))).readUInt32BE() % leavesPerRound(params);
  const each = params.openings / params.rounds;
  const drawn = Array.from({ length: params.openings }, (_, i) => ({ round: Math.floor(i / each), leaf: leafOf(i) }));
  return [...drawn, { round: Math.floor(params.rounds / 2), leaf: leafOf(params.openings) }];
}

function build(quick: boolean): Built {
  const policy = shippedPolicies.find(({ name }) => name === 'network');
  const name = quick ? 'cpu' : 'h100-sxm';
  const gpuClass = policy === undefined ? undefined : findClass(policy, name);
  if (policy === undefined || gpuClass === undefined) throw new Error(`the shipped policy "network" has no class ${name}`);
  const params = gemmParams(gpuClass.gemm, toHex(randomBytes(32)));
  const signerKey = new Uint8Array(randomBytes(32));
  const node = testNodeKey(1);
  const domain = { chainId: 31337, registry: `0x${'5f'.repeat(20)}` } as const;
  const [validator, nodeId] = [signerAddress(signerKey), nodeIdOf(node.publicKey)];
  const paramBytes = encodeGemmParams(params);
  const head = { epoch: 100, slot: 7, draw: 3, validator, nodeId, kind: KIND_GEMM, paramsHash: toHex(sha256(paramBytes)) };
  const challenge: Challenge = { ...head, nonce: toHex(randomBytes(32)), deadline: 1_790_000_000_000 };
  const hash = challengeHash(domain, challenge);
  const positions = fixedPositions(params);
  const proof = sparseProof(params, challenge.nonce, positions);
  const commitment = gemmCommitment(challenge.nonce, proof.roots);
  const [drawn, openingHash] = [drawHash(hash, commitment, positions), toHex(sha256(proof.openings))];
  const receipts = {
    commitment: node.sign(commitmentPayload(domain, nodeId, hash, commitment)),
    opening: node.sign(openingPayload(domain, hash, commitment, drawn, openingHash)),
  };
  const ids = { challengeHash: hash, commitment };
  const messages = [
    encodeChallengeMessage({ domain, challenge, params: paramBytes, signature: signDigest(hash, signerKey) }),
    encodeCommitmentMessage({ ...ids, nodeId, signature: receipts.commitment, roots: proof.roots }),
    encodeDrawMessage({
      ...{ ...ids, positions },
      signature: signDigest(drawDigest(domain, { ...ids, drawHash: drawn }), signerKey),
    }),
    encodeOpeningMessage({ ...ids, signature: receipts.opening, openings: proof.openings }),
  ];
  const opened = decodeOpenings(proof.openings, params, positions);
  const prepared: Prepared = {
    ...{
      domain,
      challenge,
      params,
      gpuClass,
      publicKey: node.publicKey,
      positions,
      receipts,
      openingHash,
    },
    ...{ seed: toHex(randomBytes(32)), signerKey: toHex(signerKey) },
    commitmentMessage: toHex(messages[1] ?? new Uint8Array()),
    openingMessage: toHex(messages[3] ?? new Uint8Array()),
    openings: {
      withSecrets: toHex(encodeOpenings(opened.slice(0, -1))),
      secretless: toHex(encodeOpenings(opened.slice(-1))),
    },
    beacon: { ...testBeacon(7).sign(1000), publicKey: testBeacon(7).publicKey },
    small: { ...params, rows: 4, columns: 1024, depth: Math.min(params.depth, 4096) },
  };
  const statement = { params, nonce: challenge.nonce, roots: proof.roots, positions };
  return { prepared, wire: messages.map(({ length }) => length), statement, bytes: proof.openings };
}

/** A verifier that accepts everything would be the fastest: it must accept the proof and refuse each kind of lie. */
function assertJudgement({ prepared, statement, bytes }: Built): void {
  const check = secretCheck(prepared.params, gemmSecrets(prepared.seed, prepared.params));
  const flipped = bytes.slice();
  flipped[20] = (flipped[20] ?? 0) ^ 1;
  const said = (roots: SparseProof['roots'], openings: Uint8Array): string => checkGemm({ ...statement, roots }, openings, check);
  const lies = [0, statement.positions.length - 1].map((lie) =>
    sparseProof(prepared.params, statement.nonce, statement.positions, lie),
  );
  const verdicts = [
    said(statement.roots, bytes),
    said(statement.roots, flipped),
    ...lies.map((lie) => said(lie.roots, lie.openings)),
  ];
  const wanted = ['none', 'bad_opening', 'wrong_result', 'wrong_result'];
  if (verdicts.join() !== wanted.join())
    throw new Error(`the verifier says ${verdicts.join(', ')} instead of ${wanted.join(', ')}`);
}

/** Milliseconds of one `part`, several samples, an empty request's taken off. */
async function costs(worker: BenchWorker, part: string, times: number, samples: number): Promise<number[]> {
  await worker.ask(`/run/${part}/${String(Math.max(1, Math.ceil(times / 4)))}`); // compiled before it counts
  const found: number[] = [];
  for (let i = 0; i < samples; i++) {
    const empty = await worker.cost('/run/empty/1');
    found.push(Math.max(0, (await worker.cost(`/run/${part}/${String(times)}`)) - empty) / times);
  }
  return found;
}

async function peaks(prepared: Prepared, samples: number): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < samples; i++) {
    const worker = await startBenchWorker('verify-inside.ts');
    try {
      await worker.ask('/prepare', prepared);
      await worker.ask('/run/empty/1');
      const peak = watchPeak(worker.pid);
      await worker.ask('/run/setup/1');
      for (let audit = 0; audit < AUDITS_AT_PEAK; audit++) await worker.ask('/run/judge/1');
      found.push(peak.growth());
    } finally {
      await worker.stop();
    }
  }
  return found;
}

type Costs = Readonly<
  Record<'secrets' | 'form' | 'secretless' | 'receipts' | 'signatures' | 'judge' | 'bls' | 'setup' | 'full' | 'prove', number[]>
>;

async function measureCosts(worker: BenchWorker, { quick, say }: BenchOptions): Promise<Costs> {
  const times = {
    secrets: 50,
    form: 80,
    secretless: 30,
    receipts: 80,
    signatures: 100,
    judge: 15,
    bls: 15,
    setup: 1,
    full: 1,
    prove: 8,
  };
  const samples = quick ? 1 : 7;
  const found: Record<string, number[]> = {};
  for (const [part, count] of Object.entries(times)) {
    say(`verify: ${part}`);
    found[part] = await costs(worker, part, quick ? Math.ceil(count / 10) : count, samples);
  }
  return found as Costs;
}

function linesOf(costs_: Costs, { prepared, wire }: Built, memory: readonly number[]): Line[] {
  const median = (samples: readonly number[]): number => spread(samples).median;
  const { params } = prepared;
  const k = String(params.openings);
  const beside = (what: string, ours: readonly number[], other: readonly number[]): Pick<Line, 'beside' | 'ratio'> => ({
    beside: { what, figure: spread(other) },
    ratio: median(other) / median(ours),
  });
  const kilobytes = wire.reduce((sum, bytes) => sum + bytes, 0) / 1000;
  const smallOps = Number(gemmOps({ ...prepared.small, rounds: 1 }));
  const again = costs_.prove.map((ms) => (ms * Number(gemmOps(params))) / smallOps);
  const seconds = again.map((ms) => ms / 1000);
  return [
    {
      ...alone(`${k} leaves with secrets, paths and form`, 'ms CPU', costs_.secrets),
      ...beside('same leaves recomputed in full', costs_.secrets, costs_.full),
      aim: { text: `≤ ${String(SECRETS_MS_AIM)} ms`, met: median(costs_.secrets) <= SECRETS_MS_AIM },
    },
    alone('  of which paths, digests, rows of A', 'ms CPU', costs_.form),
    alone('the secretless leaf', 'ms CPU', costs_.secretless, {
      text: `≤ ${String(SECRETLESS_MS_AIM)} ms`,
      met: median(costs_.secretless) <= SECRETLESS_MS_AIM,
    }),
    alone('both receipts (P-256)', 'ms CPU', costs_.receipts),
    alone('both own signatures (EIP-712)', 'ms CPU', costs_.signatures),
    alone('all of it: both answers judged', 'ms CPU', costs_.judge),
    {
      ...alone(
        'all of it, in seconds',
        's CPU',
        costs_.judge.map((ms) => ms / 1000),
      ),
      ...beside('job run again, extrapolated', costs_.judge, again),
      beside: { what: 'job run again, extrapolated', figure: spread(seconds) },
    },
    alone('a beacon round (BLS), once a round', 'ms CPU', costs_.bls),
    alone('epoch set-up (secret vectors), once', 'ms CPU', costs_.setup),
    alone('all four messages on the wire', 'kB', [kilobytes], {
      text: `≤ ${String(WIRE_KB_AIM)} kB`,
      met: kilobytes <= WIRE_KB_AIM,
    }),
    alone('peak memory, set-up and audits', 'MiB', memory, {
      text: `< ${String(MEMORY_MIB_AIM)} MiB`,
      met: median(memory) < MEMORY_MIB_AIM,
    }),
  ];
}

async function fullProfile(options: BenchOptions): Promise<Section> {
  options.say('verify: building a sparse proof');
  const built = build(options.quick);
  assertJudgement(built);
  const worker = await startBenchWorker('verify-inside.ts');
  let measured: Costs;
  try {
    await worker.ask('/prepare', built.prepared);
    measured = await measureCosts(worker, options);
  } finally {
    await worker.stop();
  }
  options.say('verify: memory');
  const memory = await peaks(built.prepared, options.quick ? 1 : 3);
  const { rows, columns, depth, rounds, openings } = built.prepared.params;
  const [challenge, commitment, draw, opening] = built.wire.map(String);
  return {
    title: `Verifying one K1 audit: ${String(rows)} × ${String(columns)} × ${String(depth)}, ${String(rounds)} rounds, k = ${String(openings)}`,
    lines: linesOf(measured, built, memory),
    notes: [
      'Time is the workerd process’ own (user and system, all threads, from /proc), many times a request, an empty request taken off.',
      'The proof is sparse: its positions were fixed before its roots, opened leaves hold true values, all other nodes are pseudo-random. A reader pays what a real proof costs.',
      'Checked before: the proof is accepted; a flipped byte is bad_opening; a false value under its own tree is wrong_result, with secrets and in full.',
      `“Run again” is extrapolated from the reference prover’s rate in the same process, ${(Number(gemmOps({ ...built.prepared.small, rounds: 1 })) / spread(measured.prove).median / 1e6).toFixed(2)} Gop/s.`,
      'The aim of 6 ms is read as what a verifier does with the 64 openings: decoding, digests, paths, rows of A, products. Receipts and signatures are beside it.',
      `Message bodies only: ${challenge ?? ''} + ${commitment ?? ''} + ${draw ?? ''} + ${opening ?? ''} bytes.`,
      `Memory is the growth of the process’ high-water mark over set-up and ${String(AUDITS_AT_PEAK)} audits, in a process that did nothing before.`,
    ],
  };
}

async function run(options: BenchOptions): Promise<Section[]> {
  return [await fullProfile(options), ...(await classSections(options))];
}

export const verify: Bench = {
  name: 'verify',
  about: 'one audit of the full GPU profile, and of each class by kind, in workerd',
  run,
};
