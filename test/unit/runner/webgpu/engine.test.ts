// The WebGPU engine equals the reference provers bit for bit: real WGSL, on a driver that computes on the processor. Each property
// runs three times: whole, and with everything cut into pieces, the smallest and some in between, without the packed product.
// `npm run campaign -- cuda` takes many more shapes.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import { toHex } from '../../../../protocol/bytes.ts';
import { expandMatrixB } from '../../../../protocol/challenges/gemm/matrix.ts';
import { leavesPerRound, type GemmParams } from '../../../../protocol/challenges/gemm/params.ts';
import { commitGemm, multiplyRound } from '../../../../protocol/challenges/gemm/prove.ts';
import type { VramParams } from '../../../../protocol/challenges/vram/params.ts';
import { commitVram, fillPages } from '../../../../protocol/challenges/vram/prove.ts';
import { isCampaign } from '../../../simulation/scale.ts';
import { hasSwiftshader, swiftshaderEnv } from '../../../support/swiftshader.ts';
import type { Answer, Failure, GemmJob, VramJob } from './child.ts';
import { startProcess, type Asked } from './process.ts';
import { VARIANTS, WHOLE } from './variants.ts';

vi.setConfig({ testTimeout: isCampaign ? 1_800_000 : 120_000, hookTimeout: 60_000 }); // a software GPU on a loaded machine

const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
const picks = fc.array(fc.nat(), { minLength: 1, maxLength: 4 });

const gemmJobs: fc.Arbitrary<GemmJob> = fc
  .record({
    rows: fc.oneof(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 97, max: 131 })), // either tile
    columns: fc.constantFrom(256, 512, 768),
    depth: fc.constantFrom(64, 128, 192),
    rounds: fc.integer({ min: 1, max: 2 }),
    matrixKey: key,
    nonce: key,
    picks,
  })
  .map(({ nonce, picks: chosen, ...shape }) => {
    const params: GemmParams = { ...shape, openings: shape.rounds };
    const positions = chosen.map((pick, i) => ({ round: i % params.rounds, leaf: pick % leavesPerRound(params) }));
    const last = { round: params.rounds - 1, leaf: leavesPerRound(params) - 1 };
    return { params, nonce, positions: [...positions, last] };
  });

const vramJobs: fc.Arbitrary<VramJob> = fc
  .record({
    pages: fc.oneof(fc.integer({ min: 64, max: 200 }), fc.integer({ min: 1000, max: 2600 })),
    cacheRows: fc.constantFrom(256, 1024),
    parents: fc.integer({ min: 1, max: 40 }),
    passes: fc.integer({ min: 1, max: 3 }),
    fillKey: key,
    nodeId: key,
    start: key,
    nonce: key,
    picks,
  })
  .map(({ nodeId, start, nonce, picks: chosen, ...shape }) => {
    const params: VramParams = { ...shape, openings: shape.passes };
    const positions = chosen.map((pick, i) => ({ round: i % params.passes, leaf: pick % params.pages }));
    return { params, nodeId, start, nonce, positions: [...positions, { round: 0, leaf: params.pages - 1 }] };
  });

function gemmReference({ params, nonce, positions }: GemmJob): Answer {
  const b = expandMatrixB(params);
  const { roots, commitment, open } = commitGemm(params, nonce, (_round, current) => multiplyRound(params, b, current));
  return { roots, commitment, openings: open(positions) };
}

function vramReference({ params, nodeId, start, nonce, positions }: VramJob): Answer {
  const { roots, commitment, open } = commitVram(params, start, nonce, fillPages(params, nodeId));
  return { roots, commitment, openings: open(positions) };
}

const readable = ({ roots, commitment, openings }: Answer) => ({
  roots: roots.map(toHex),
  commitment,
  openings: toHex(openings),
});

const byte = (value: number) => toHex(new Uint8Array(32).fill(value));
const job: GemmJob = {
  params: { rows: 40, columns: 512, depth: 128, rounds: 2, openings: 2, matrixKey: byte(1) },
  nonce: byte(2),
  positions: [
    { round: 1, leaf: 79 },
    { round: 0, leaf: 3 },
  ],
};
const fill: VramJob = {
  params: { pages: 100, cacheRows: 256, parents: 5, passes: 2, openings: 2, fillKey: byte(3) },
  nodeId: byte(4),
  start: byte(5),
  nonce: byte(6),
  positions: [{ round: 1, leaf: 99 }],
};

/** Rows past a tile, odd numbers of blocks; a page past a power of two. */
const oddJob: GemmJob = {
  params: { rows: 129, columns: 768, depth: 64, rounds: 1, openings: 1, matrixKey: byte(7) },
  nonce: byte(8),
  positions: [
    { round: 0, leaf: 386 },
    { round: 0, leaf: 0 },
  ],
};
const oddFill: VramJob = {
  ...fill,
  params: { pages: 2049, cacheRows: 1024, parents: 7, passes: 3, openings: 3, fillKey: byte(7) },
  positions: [
    { round: 2, leaf: 2048 },
    { round: 0, leaf: 1 },
  ],
};
const runs = isCampaign ? { numRuns: 50 } : { numRuns: 3, seed: 20_261_122, endOnFailure: true };

describe.skipIf(!hasSwiftshader)('the WebGPU engine', () => {
  let child: Asked;
  beforeAll(() => {
    child = startProcess(swiftshaderEnv());
  });
  afterAll(() => child.stop());

  describe.each(VARIANTS)('%s', (_name, options) => {
    it('multiplies, commits and opens as the reference does, whatever the shape', async () => {
      await fc.assert(
        fc.asyncProperty(gemmJobs, async (drawn) => {
          const answer = await child.ask<Answer>({ ask: 'gemm', options, job: drawn });
          expect(readable(answer)).toEqual(readable(gemmReference(drawn)));
        }),
        { ...runs, examples: [[oddJob]] },
      );
    });

    it('fills, folds, commits and opens as the reference does, whatever the shape', async () => {
      await fc.assert(
        fc.asyncProperty(vramJobs, async (drawn) => {
          const answer = await child.ask<Answer>({ ask: 'vram', options, job: drawn });
          expect(readable(answer)).toEqual(readable(vramReference(drawn)));
        }),
        { ...runs, examples: [[oddFill]] },
      );
    });
  });

  it('says what it runs on, and that it is a program', async () => {
    const { device, software } = await child.ask<{ device: { name: string; driver: string }; software: boolean }>({
      ask: 'device',
      options: WHOLE,
    });
    expect(device).toMatchObject({ memoryBytes: null });
    expect(device.name).toMatch(/swiftshader.*\(software\)/i);
    expect(device.driver).toMatch(/WebGPU, SwiftShader/);
    expect(software).toBe(true);
  });

  it('opens an earlier proof while it computes a job of another matrix', async () => {
    const second = { ...job, params: { ...job.params, rows: 64, rounds: 16, openings: 16, matrixKey: byte(9) } };
    const { opened, order } = await child.ask<{ opened: Answer; order: string[] }>({ ask: 'open between', first: job, second });
    expect(readable(opened)).toEqual(readable(gemmReference(job)));
    expect(order).toEqual(['opening', 'job']);
  });

  it('refuses a position that the job does not have', async () => {
    const beyond = { ...job, positions: [{ round: 0, leaf: leavesPerRound(job.params) }] };
    const noRound = { ...job, positions: [{ round: job.params.rounds, leaf: 0 }] };
    const noPage = { ...fill, positions: [{ round: 0, leaf: fill.params.pages }] };
    for (const request of [beyond, noRound])
      expect((await child.refusal({ ask: 'gemm', options: WHOLE, job: request })).message).toMatch(/a position that the job/);
    expect((await child.refusal({ ask: 'vram', options: WHOLE, job: noPage })).message).toMatch(/a position that the job/);
  });

  it('gives out nothing after a release, and folds a fill once', async () => {
    const failures = await child.ask<Failure[]>({ ask: 'released', job, fill });
    expect(failures.map(({ message }) => message)).toEqual([
      'the fill was passed already',
      'no such proof: it was released',
      'no such fill: it was released',
      'no such fill: it was released',
    ]);
  });

  it('keeps what is released in the middle of an opening or a pass until that has ended', async () => {
    const { opened, passed, after } = await child.ask<{ opened: Answer; passed: Failure; after: Answer }>({
      ask: 'released within',
      job,
      fill,
    });
    expect(readable(opened)).toEqual(readable(gemmReference(job)));
    expect(passed).toMatchObject({ code: 'none', message: 'the fill was released in the middle of its passes' });
    expect(readable(after)).toEqual(readable(vramReference(fill)));
  });

  it('stops after a round when its job is given up, and goes on with the next', async () => {
    const { failure, answer } = await child.ask<{ failure: Failure; answer: Answer }>({ ask: 'given up', job });
    expect(failure.message).toBe('the job was given up');
    expect(readable(answer)).toEqual(readable(gemmReference(job)));
  });

  it('takes one job at a time', async () => {
    expect((await child.ask<Failure>({ ask: 'two at once', job })).message).toMatch(/works on another job/);
  });

  it('says that there is too little memory before it begins, and goes on with what fits', async () => {
    // The driver refuses a buffer of 1 GiB; and no buffer at all is larger than it says.
    for (const pages of [2 ** 20, 2 ** 22]) {
      const large = { ...fill, params: { ...fill.params, pages } };
      const refused = await child.refusal({ ask: 'vram', options: WHOLE, job: large });
      expect(refused.code).toBe('memory');
      expect(refused.message).toMatch(/not enough free memory.*--fill-mib/);
    }
    const answer = await child.ask<Answer>({ ask: 'vram', options: WHOLE, job: fill });
    expect(readable(answer)).toEqual(readable(vramReference(fill)));
  });

  it.each([
    ['gemm', 2],
    ['pass', 1],
  ] as const)('refuses everything once the device is lost in the middle of a %s', async (during, submission) => {
    const [middle, ...later] = await child.ask<Failure[]>({ ask: 'lose', during, submission, job, fill });
    expect(later).toHaveLength(4);
    for (const failure of [middle, ...later]) {
      expect(failure).toMatchObject({ code: 'lost' });
      expect(failure?.message).toMatch(/^the GPU was lost \(.+\): restart the runner/);
    }
  });
});
