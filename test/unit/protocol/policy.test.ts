// Canonical JSON against RFC 8785's examples, and the policy's hash.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Hex } from '../../../protocol/bytes.ts';
import { ProtocolError } from '../../../protocol/errors.ts';
import { canonicalJson, findClass, policyHash, type Json, type Policy } from '../../../protocol/policy.ts';
import { policy, vectors } from './support.ts';

const published = vectors<{ cases: { name: string; value: Json; canonical: string }[] }>('canonical-json.json');
const golden = vectors<{ policy: Policy; canonical: string; hash: Hex }>('policy.json');

/** The same document with each object's keys in another order. */
function shuffled(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item: Json) => shuffled(item));
  const entries = Object.entries(value as Record<string, Json>).reverse();
  return Object.fromEntries(entries.map(([key, item]) => [key, shuffled(item)]));
}

describe('canonical JSON', () => {
  test.each(published.cases)('RFC 8785, $name', ({ value, canonical }) => {
    expect(canonicalJson(value)).toBe(canonical);
    expect(canonicalJson(shuffled(value))).toBe(canonical);
  });

  const integers = fc
    .jsonValue({ noUnicodeString: false })
    .map(
      (value) =>
        JSON.parse(
          JSON.stringify(value, (_, item: unknown) => (typeof item === 'number' ? Math.trunc(item) % 2 ** 53 || 0 : item)),
        ) as Json,
    );

  test('keeps the value, and does not depend on the order of keys', () => {
    fc.assert(
      fc.property(integers, (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(value);
        expect(canonicalJson(shuffled(value))).toBe(text);
        expect(canonicalJson(JSON.parse(text) as Json)).toBe(text);
      }),
    );
  });

  test.each([0.5, 2 ** 53, -(2 ** 53), 1e21, Number.NaN, Number.POSITIVE_INFINITY])(
    '%d is refused, wherever it stands',
    (number) => {
      for (const value of [number, [number], { a: { b: [number] } }]) expect(() => canonicalJson(value)).toThrow(ProtocolError);
    },
  );

  test('minus zero is zero', () => {
    expect(canonicalJson([-0])).toBe('[0]');
  });
});

describe('policy', () => {
  test('golden text and hash', () => {
    expect(canonicalJson(golden.policy as unknown as Json)).toBe(golden.canonical);
    expect(policyHash(golden.policy)).toBe(golden.hash);
    expect(policyHash(shuffled(golden.policy as unknown as Json) as unknown as Policy)).toBe(golden.hash);
  });

  test('the hash covers every field', () => {
    const text = golden.canonical;
    const numbers = [...text.matchAll(/(?<=[:[])\d+(?=[,}\]])/g)];
    expect(numbers.length).toBeGreaterThan(40);
    const changed = numbers.map(
      ({ index, 0: digits }) => `${text.slice(0, index)}${String(Number(digits) + 1)}${text.slice(index + digits.length)}`,
    );
    const hashes = changed.map((document) => policyHash(JSON.parse(document) as Policy));
    expect(new Set([golden.hash, ...hashes]).size).toBe(numbers.length + 1);
  });

  test('classes are found by their exact name', () => {
    for (const own of policy.classes) expect(findClass(policy, own.name)).toBe(own);
    for (const name of ['', 'CPU-DEMO', 'cpu-demo ', null]) expect(findClass(policy, name)).toBeUndefined();
  });
});
