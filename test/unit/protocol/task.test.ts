// What each kind asks of a class: parameters, deadlines and sizes as sections 8 and 10 of docs/protocol.md name them.
import { describe, expect, test } from 'vitest';
import { toHex } from '../../../protocol/bytes.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../../protocol/challenge.ts';
import { decodeGemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { decodePresenceParams } from '../../../protocol/challenges/presence.ts';
import { decodeVramParams } from '../../../protocol/challenges/vram/params.ts';
import { ProtocolError } from '../../../protocol/errors.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { auditClass } from '../../../protocol/schedule.ts';
import {
  commitDeadlineMs,
  commitmentBytesMax,
  firstBytesMax,
  firstDeadlineMs,
  openDeadlineMs,
  openingBytesMax,
  rootsOf,
  taskKey,
  taskOf,
} from '../../../protocol/task.ts';
import { policy, word } from './support.ts';

const [demo, large] = policy.classes;
if (demo === undefined || large === undefined) throw new Error('the policy has two classes, the second with memory');
const beacon = word('beacon');
const task = (kind: number, gpuClass = large, region = 0) => taskOf({ policy, gpuClass, kind, region, beacon });
const kinds = [KIND_GEMM, KIND_VRAM, KIND_PRESENCE];

describe('a task', () => {
  test.each(kinds)('of kind %i has the parameters of its class, and their hash', (kind) => {
    const { bytes, paramsHash, params } = task(kind, large, 2);
    expect(paramsHash).toBe(toHex(sha256(bytes)));
    const decoded = { [KIND_GEMM]: decodeGemmParams, [KIND_VRAM]: decodeVramParams }[kind] ?? decodePresenceParams;
    expect(decoded(bytes)).toEqual(params);
  });

  test('is the epoch’s: another beacon gives other keys, for presence the same region', () => {
    const later = kinds.map((kind) => taskOf({ policy, gpuClass: large, kind, region: 1, beacon: word('next') }).paramsHash);
    const now = kinds.map((kind) => task(kind, large, 1).paramsHash);
    expect(later.map((hash, i) => hash === now[i])).toEqual([false, false, true]);
  });

  test('is one for each class, kind and region', () => {
    const places = policy.classes.flatMap((gpuClass) =>
      kinds.flatMap((kind) => [0, 1].map((region) => ({ gpuClass, kind, region }))),
    );
    expect(new Set(places.map(taskKey)).size).toBe(places.length);
  });

  test('of a kind that nobody knows, or that the class has no job of, is none', () => {
    expect(() => task(KIND_VRAM, demo)).toThrow(ProtocolError);
    expect(() => task(3)).toThrow(/no job of challenge kind 3/);
    const node = { retired: false, gpuClass: demo.name };
    expect(kinds.map((kind) => auditClass(policy, node, kind)?.name ?? null)).toEqual([demo.name, null, demo.name]);
  });
});

describe('deadlines and sizes', () => {
  test.each([
    [KIND_GEMM, 16, 20_000, 20_000, 4_000],
    [KIND_VRAM, 4, 30_001, 2_002, 4_003],
    [KIND_PRESENCE, 0, 5_003, 5_003, null],
  ])('of kind %i', (kind, roots, first, commit, open) => {
    const one = task(kind);
    expect([rootsOf(one), firstDeadlineMs(one), commitDeadlineMs(one), openDeadlineMs(one)]).toEqual([
      roots,
      first,
      commit,
      open,
    ]);
    expect(commitmentBytesMax(one)).toBe(164 + 32 * roots);
  });

  test('of the first answer leave room for busy where it may come', () => {
    expect(kinds.map((kind) => firstBytesMax(task(kind)))).toEqual([1154, 1154, 164]);
    const many = taskOf({ policy, gpuClass: { ...large, gemm: { ...large.gemm, rounds: 64 } }, kind: 1, region: 0, beacon });
    expect(firstBytesMax(many)).toBe(164 + 32 * 64);
  });

  test('of the openings', () => {
    // 65,536 rows of 16 blocks: 2^20 leaves; 2^26 pages: 2^21 groups
    expect(kinds.map((kind) => openingBytesMax(task(kind)))).toEqual([
      132 + 65 * (8 + 1024 + 32 * 20),
      132 + 64 * (263 + 32 * 21),
      0,
    ]);
  });
});
