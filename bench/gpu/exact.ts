// Before any figure: the device equals the reference bit for bit over random shapes, odd ends included.
import { randomBytes, randomInt } from 'node:crypto';
import type { CudaEngine } from '../../gpu-runners/backends/cuda/index.ts';
import { equal, toHex, type Hex } from '../../protocol/bytes.ts';
import { expandMatrixB } from '../../protocol/challenges/gemm/matrix.ts';
import { leavesPerRound, type GemmParams } from '../../protocol/challenges/gemm/params.ts';
import { commitGemm, multiplyRound } from '../../protocol/challenges/gemm/prove.ts';
import type { VramParams } from '../../protocol/challenges/vram/params.ts';
import { commitVram, fillPages } from '../../protocol/challenges/vram/prove.ts';

const key = (): Hex => toHex(randomBytes(32));

async function gemmAgrees(engine: CudaEngine): Promise<void> {
  const shape = {
    rows: randomInt(2, 700),
    columns: 256 * randomInt(1, 5),
    depth: 64 * randomInt(1, 20),
    rounds: randomInt(1, 4),
  };
  const params: GemmParams = { ...shape, openings: shape.rounds, matrixKey: key() };
  const [nonce, b] = [key(), expandMatrixB(params)];
  const right = commitGemm(params, nonce, (_, current) => multiplyRound(params, b, current));
  const proof = await engine.gemm(params, nonce);
  const positions = Array.from({ length: 4 }, (_, i) => ({ round: i % shape.rounds, leaf: randomInt(leavesPerRound(params)) }));
  const same = proof.commitment === right.commitment && equal(await proof.open(positions), right.open(positions));
  proof.release();
  if (!same) throw new Error(`the device differs from the reference: gemm ${JSON.stringify(shape)}`);
}

async function vramAgrees(engine: CudaEngine): Promise<void> {
  const shape = {
    pages: randomInt(64, 20_000),
    cacheRows: 2 ** randomInt(8, 13),
    parents: randomInt(1, 65),
    passes: randomInt(1, 4),
  };
  const params: VramParams = { ...shape, openings: shape.passes, fillKey: key() };
  const [node, start, nonce] = [key(), key(), key()];
  const right = commitVram(params, start, nonce, fillPages(params, node));
  const fill = await engine.fill(params, node);
  const proof = await fill.pass(start, nonce);
  const positions = Array.from({ length: 4 }, (_, i) => ({ round: i % shape.passes, leaf: randomInt(shape.pages) }));
  const same = proof.commitment === right.commitment && equal(await proof.open(positions), right.open(positions));
  fill.release();
  if (!same) throw new Error(`the device differs from the reference: vram ${JSON.stringify(shape)}`);
}

/** @throws Error that names the first shape on which the device is wrong */
export async function assertExact(engine: CudaEngine, shapes: number): Promise<void> {
  for (let i = 0; i < shapes; i++) {
    await gemmAgrees(engine);
    await vramAgrees(engine);
  }
}
