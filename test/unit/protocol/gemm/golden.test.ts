// protocol/ against the second implementation's vectors: every value of a job, from the parameters to the openings' bytes.
import { describe, expect, test } from 'vitest';
import { fromHex, toHex, type Hex } from '../../../../protocol/bytes.ts';
import { chachaKey } from '../../../../protocol/chacha.ts';
import { checkGemm, fullCheck, secretCheck } from '../../../../protocol/challenges/gemm/check.ts';
import { leafDigest } from '../../../../protocol/challenges/gemm/leaf.ts';
import { expandMatrixB, roundNonces, rowOfA, segmentOfB, trueSegment } from '../../../../protocol/challenges/gemm/matrix.ts';
import { decodeGemmParams, encodeGemmParams, matrixKey, type GemmParams } from '../../../../protocol/challenges/gemm/params.ts';
import { drawPositions } from '../../../../protocol/challenges/gemm/positions.ts';
import { commitGemm, gemmCommitment, multiplyRound } from '../../../../protocol/challenges/gemm/prove.ts';
import { gemmSecrets } from '../../../../protocol/challenges/gemm/secrets.ts';
import { sha256 } from '../../../../protocol/hash.ts';
import { drawHash, type Position } from '../../../../protocol/receipts.ts';
import { vectors } from '../support.ts';

type Case = {
  name: string;
  shape: { M: number; N: number; K: number; R: number; k: number };
  beacon: Hex;
  seed: Hex;
  nonce: Hex;
  challengeHash: Hex;
  matrixKey: Hex;
  params: Hex;
  paramsHash: Hex;
  firstRowOfA: Hex;
  lastRowOfB: Hex;
  nonces: Hex[];
  firstLeaf: { values: number[]; digest: Hex };
  roots: Hex[];
  commitment: Hex;
  positions: Position[];
  drawHash: Hex;
  openingsBytes: number;
  openingHash: Hex;
};
type Huge = Pick<Case, 'shape' | 'seed' | 'challengeHash' | 'commitment' | 'positions'>;
const { cases, huge } = vectors<{ cases: Case[]; huge: Huge }>('gemm.json');
const bytesOf = (values: Int8Array): Hex => toHex(new Uint8Array(values.buffer, values.byteOffset, values.length));

describe.each(cases)('$name', (golden) => {
  const { M: rows, N: columns, K: depth, R: rounds, k: openings } = golden.shape;
  const params: GemmParams = { rows, columns, depth, rounds, openings, matrixKey: matrixKey(golden.beacon) };
  const b = expandMatrixB(params);
  const proof = commitGemm(params, golden.nonce, (_, nonce) => multiplyRound(params, b, nonce));

  test('parameters', () => {
    expect(params.matrixKey).toBe(golden.matrixKey);
    expect(toHex(encodeGemmParams(params))).toBe(golden.params);
    expect(toHex(sha256(fromHex(golden.params)))).toBe(golden.paramsHash);
    expect(decodeGemmParams(fromHex(golden.params))).toEqual(params);
  });

  test('matrices, whole and in parts', () => {
    const a = rowOfA(chachaKey(fromHex(golden.nonce)), 0, depth);
    expect(bytesOf(a)).toBe(golden.firstRowOfA);
    expect(bytesOf(b.slice((depth - 1) * columns))).toBe(golden.lastRowOfB);
    const words = new Uint32Array(64);
    segmentOfB(words, chachaKey(fromHex(params.matrixKey)), depth - 1, columns / 256 - 1);
    expect(golden.lastRowOfB.endsWith(toHex(new Uint8Array(words.buffer)).slice(2))).toBe(true);
    expect([...trueSegment(params, a, 0)]).toEqual(golden.firstLeaf.values);
  });

  test('leaf digest, nonces, roots and commitment', () => {
    expect(toHex(leafDigest(golden.nonce, 0, 0, Int32Array.from(golden.firstLeaf.values), 0))).toBe(golden.firstLeaf.digest);
    expect(proof.roots.map(toHex)).toEqual(golden.roots);
    expect(roundNonces(golden.nonce, proof.roots)).toEqual(golden.nonces);
    expect([proof.commitment, gemmCommitment(golden.nonce, proof.roots)]).toEqual([golden.commitment, golden.commitment]);
  });

  test('positions and openings', () => {
    const positions = drawPositions(golden.seed, golden.challengeHash, golden.commitment, params);
    expect(positions).toEqual(golden.positions);
    expect(drawHash(golden.challengeHash, golden.commitment, positions)).toBe(golden.drawHash);
    const bytes = proof.open(positions);
    expect([bytes.length, toHex(sha256(bytes))]).toEqual([golden.openingsBytes, golden.openingHash]);
    const statement = { params, nonce: golden.nonce, roots: proof.roots, positions };
    const secrets = gemmSecrets(golden.seed, params);
    expect([fullCheck(params), secretCheck(params, secrets)].map((check) => checkGemm(statement, bytes, check))).toEqual([
      'none',
      'none',
    ]);
  });
});

test('positions among more than 2^31 leaves, where every other word is rejected', () => {
  const { M: rows, N: columns, K: depth, R: rounds, k: openings } = huge.shape;
  const params: GemmParams = { rows, columns, depth, rounds, openings, matrixKey: matrixKey(huge.seed) };
  expect(drawPositions(huge.seed, huge.challengeHash, huge.commitment, params)).toEqual(huge.positions);
  expect(huge.positions.length).toBe(65);
});
