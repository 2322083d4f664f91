// The other side of the WebGPU tests: engines in a process that found its driver when it started. Each request is one scenario.
import { registerHooks } from 'node:module';
import type { Proof } from '../../../../gpu-runners/backends/backend.ts';
import { DeviceError } from '../../../../gpu-runners/backends/engine.ts';
import { openGpu, type GpuOptions } from '../../../../gpu-runners/backends/webgpu/gpu.ts';
import { engineOn, openWebGpu, type WebGpuEngine } from '../../../../gpu-runners/backends/webgpu/index.ts';
import type { Hex } from '../../../../protocol/bytes.ts';
import type { GemmParams } from '../../../../protocol/challenges/gemm/params.ts';
import type { VramParams } from '../../../../protocol/challenges/vram/params.ts';
import type { Position } from '../../../../protocol/receipts.ts';
import { WHOLE } from './variants.ts';

export type GemmJob = { readonly params: GemmParams; readonly nonce: Hex; readonly positions: readonly Position[] };
export type VramJob = {
  readonly params: VramParams;
  readonly nodeId: Hex;
  readonly start: Hex;
  readonly nonce: Hex;
  readonly positions: readonly Position[];
};
export type Answer = { readonly roots: readonly Uint8Array[]; readonly commitment: Hex; readonly openings: Uint8Array };
export type Failure = { readonly code: string; readonly message: string };
export type Timed = 'gemm' | 'fill' | 'pass';
export type Request =
  | { readonly ask: 'device'; readonly options: GpuOptions }
  | { readonly ask: 'gemm'; readonly options: GpuOptions; readonly job: GemmJob }
  | { readonly ask: 'vram'; readonly options: GpuOptions; readonly job: VramJob }
  | { readonly ask: 'open between'; readonly first: GemmJob; readonly second: GemmJob }
  | { readonly ask: 'released'; readonly job: GemmJob; readonly fill: VramJob }
  | { readonly ask: 'released within'; readonly job: GemmJob; readonly fill: VramJob }
  | { readonly ask: 'two at once'; readonly job: GemmJob }
  | { readonly ask: 'given up'; readonly job: GemmJob }
  | { readonly ask: 'lose'; readonly during: Timed; readonly submission: number; readonly job: GemmJob; readonly fill: VramJob }
  | { readonly ask: 'no package' };

const engines = new Map<string, Promise<WebGpuEngine>>();

function engineWith(options: GpuOptions): Promise<WebGpuEngine> {
  const key = JSON.stringify(options);
  const engine = engines.get(key) ?? openWebGpu(options);
  engines.set(key, engine);
  return engine;
}

const failureOf = (error: unknown): Failure => ({
  code: error instanceof DeviceError ? error.code : 'none',
  message: error instanceof Error ? error.message : String(error),
});
const failure = (work: Promise<unknown>): Promise<Failure> =>
  work.then(() => ({ code: 'none', message: 'it succeeded' }), failureOf);

async function answer(proof: Proof, positions: readonly Position[]): Promise<Answer> {
  return { roots: proof.roots, commitment: proof.commitment, openings: await proof.open(positions) };
}

async function gemm(engine: WebGpuEngine, { params, nonce, positions }: GemmJob): Promise<Answer> {
  const proof = await engine.gemm(params, nonce);
  try {
    return await answer(proof, positions);
  } finally {
    proof.release();
  }
}

async function vram(engine: WebGpuEngine, { params, nodeId, start, nonce, positions }: VramJob): Promise<Answer> {
  const fill = await engine.fill(params, nodeId);
  try {
    return await answer(await fill.pass(start, nonce), positions);
  } finally {
    fill.release();
  }
}

/** An opening that is asked for while the engine computes another job, of another matrix. */
async function openBetween(first: GemmJob, second: GemmJob): Promise<{ opened: Answer; order: string[] }> {
  const engine = await engineWith(WHOLE);
  const proof = await engine.gemm(first.params, first.nonce);
  const order: string[] = [];
  const running = engine.gemm(second.params, second.nonce).then((other) => {
    order.push('job');
    other.release();
  });
  const opened = await answer(proof, first.positions);
  order.push('opening');
  await running;
  return { opened, order };
}

/** What is left of proofs and fills after their release, and of a fill that was started already. */
async function released(job: GemmJob, { params, nodeId, start, nonce, positions }: VramJob): Promise<Failure[]> {
  const engine = await engineWith(WHOLE);
  const proof = await engine.gemm(job.params, job.nonce);
  proof.release();
  proof.release();
  const fill = await engine.fill(params, nodeId);
  const passed = await fill.pass(start, nonce);
  const twice = await failure(fill.pass(start, nonce));
  fill.release();
  fill.release();
  const after = [failure(proof.open(job.positions)), failure(passed.open(positions)), failure(fill.pass(start, nonce))];
  return [twice, ...(await Promise.all(after))];
}

/** Releases what is in use, and then uses the device again: it must not have failed. */
async function releasedWithin(job: GemmJob, other: VramJob): Promise<{ opened: Answer; passed: Failure; after: Answer }> {
  const engine = await engineWith(WHOLE);
  const proof = await engine.gemm(job.params, job.nonce);
  const opening = answer(proof, job.positions);
  proof.release();
  const opened = await opening;
  const fill = await engine.fill(other.params, other.nodeId);
  const passing = failure(fill.pass(other.start, other.nonce));
  fill.release();
  return { opened, passed: await passing, after: await vram(engine, other) };
}

/** Destroys the device at this submission of the work that is under way, and then asks for everything else. */
async function lose(during: Timed, submission: number, job: GemmJob, other: VramJob): Promise<Failure[]> {
  const gpu = await openGpu();
  let left = Infinity;
  const engine = await engineOn({
    ...gpu,
    submit(commands) {
      gpu.submit(commands);
      if (--left === 0) gpu.raw.destroy();
    },
  });
  const proof = await engine.gemm(job.params, job.nonce);
  const fill = await engine.fill(other.params, other.nodeId);
  const another = await engine.fill(other.params, other.nodeId);
  const work: Record<Timed, () => Promise<unknown>> = {
    gemm: () => engine.gemm(job.params, job.nonce),
    fill: () => engine.fill(other.params, other.nodeId),
    pass: () => fill.pass(other.start, other.nonce),
  };
  left = submission;
  const all = [await failure(work[during]())];
  for (const later of [work.gemm, work.fill, () => another.pass(other.start, other.nonce), () => proof.open(job.positions)])
    all.push(await failure(later()));
  for (const held of [proof, fill, another]) held.release();
  await engine.close();
  return all;
}

/** A job that is no longer wanted after its first round; then the same one whole. */
async function givenUp({ params, nonce, positions }: GemmJob): Promise<{ readonly failure: Failure; readonly answer: Answer }> {
  const engine = await engineWith(WHOLE);
  let looks = 0;
  const given = await failure(engine.gemm(params, nonce, () => ++looks === 1));
  return { failure: given, answer: await gemm(engine, { params, nonce, positions }) };
}

async function twoAtOnce({ params, nonce }: GemmJob): Promise<Failure> {
  const engine = await engineWith(WHOLE);
  const running = engine.gemm(params, nonce);
  const second = await failure(engine.gemm(params, nonce));
  (await running).release();
  return second;
}

/** As where npm left the optional package out. */
async function withoutPackage(): Promise<Failure> {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'webgpu') throw new Error("Cannot find package 'webgpu'");
      return next(specifier, context);
    },
  });
  try {
    return await failure(openWebGpu());
  } finally {
    hooks.deregister();
  }
}

async function handle(request: Request): Promise<unknown> {
  switch (request.ask) {
    case 'device': {
      const { device, software } = await engineWith(request.options);
      return { device, software };
    }
    case 'gemm':
      return await gemm(await engineWith(request.options), request.job);
    case 'vram':
      return await vram(await engineWith(request.options), request.job);
    case 'open between':
      return await openBetween(request.first, request.second);
    case 'released':
      return await released(request.job, request.fill);
    case 'released within':
      return await releasedWithin(request.job, request.fill);
    case 'two at once':
      return await twoAtOnce(request.job);
    case 'given up':
      return await givenUp(request.job);
    case 'lose':
      return await lose(request.during, request.submission, request.job, request.fill);
    case 'no package':
      return await withoutPackage();
  }
}

process.on('message', (message) => {
  const { id, request } = message as { readonly id: number; readonly request: Request };
  handle(request).then(
    (result) => process.send?.({ id, result }),
    (error: unknown) => process.send?.({ id, failure: failureOf(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
