// Bytes that are no archive: refused with the part and the reason, whatever their size.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../protocol/policy.ts';
import { ArchiveError, parseChunk, parseManifest, parsePolicyBytes } from '../../../schema/wire/archive.ts';
import { encodeBundle, parseBundle } from '../../../schema/wire/bundle.ts';
import { BUNDLE_BYTES_MAX, CHUNK_RECORDS_MAX, MANIFEST_BYTES_MAX, OBJECT_BYTES_MAX } from '../../../schema/wire/limits.ts';
import { CHUNK_BYTES_MAX } from '../../../protocol/archive.ts';
import { buildEpoch, mixedPolicy, smallClass, smallPolicy, testWorld } from '../../support/epoch.ts';

const epoch = buildEpoch(testWorld({ behaviour: (index) => (index === 0 ? 'honest' : 'crashed') }));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (of: Uint8Array): string => new TextDecoder().decode(of);
const failure = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof ArchiveError) return error.message;
    throw error;
  }
  return 'nothing was wrong';
};

describe('manifest', () => {
  const manifest = JSON.parse(text(epoch.manifestBytes)) as Record<string, unknown>;
  it('is read as it was written', () => {
    expect(parseManifest(epoch.manifestBytes)).toEqual(epoch.manifest);
  });

  it('is refused in one short line, whatever its names hold', () => {
    const hostile = failure(() => parseManifest(bytes(JSON.stringify({ ...manifest, '\u001b[2J\nepoch 6 verifies': 1 }))));
    expect(hostile).toMatch(/^manifest: .* \[2J epoch 6 verifies"$/);
    expect(failure(() => parseManifest(bytes(JSON.stringify({ ...manifest, ['x'.repeat(100_000)]: 1 }))))).toHaveLength(401);
  });

  const cases: [string, Record<string, unknown>, string][] = [
    ['another format', { format: 'assay-archive/2' }, 'manifest: format: '],
    ['upper-case hex', { seed: `0x${'AB'.repeat(32)}` }, 'manifest: seed: expected 0x and 64 lower-case hexadecimal digits'],
    ['short hex', { registry: '0x12' }, 'manifest: registry: expected 0x and 40'],
    ['a fraction', { due: 1.5 }, 'manifest: due: '],
    ['a negative count', { done: -1 }, 'manifest: done: '],
    ['a count beyond 32 bits', { nodeCount: 2 ** 32 }, 'manifest: nodeCount: '],
    ['a number beyond 2^53', { epoch: 2 ** 53 }, 'manifest: epoch: '],
    ['a short signature', { beacon: { round: 5, signature: '0x12' } }, 'manifest: beacon.signature: expected 0x and 96'],
    ['a list of something else', { rounds: [{ round: 0 }] }, 'manifest: rounds[0].round: '],
    ['too many chunks', { chunks: Array.from({ length: 129 }, () => epoch.manifest.chunks[0]) }, 'manifest: chunks: '],
    [
      'a chunk too large',
      { chunks: [{ ...epoch.manifest.chunks[0], bytes: CHUNK_BYTES_MAX + 1 }] },
      'manifest: chunks[0].bytes: ',
    ],
    ['a field that is missing', { auditRoot: undefined }, 'manifest: auditRoot: '],
    ['a field that is not known', { extra: 1 }, 'manifest: '],
  ];
  it.each(cases)('with %s is refused', (_, change, message) => {
    expect(failure(() => parseManifest(bytes(JSON.stringify({ ...manifest, ...change }))))).toContain(message);
  });

  it.each([
    ['no JSON', bytes('{'), 'manifest: not JSON'],
    ['no UTF-8', Uint8Array.of(0xff, 0xfe), 'manifest: not UTF-8 text'],
    ['a byte order mark', bytes('\uFEFF{}'), 'manifest: not JSON'],
    ['too many bytes', new Uint8Array(MANIFEST_BYTES_MAX + 1), `manifest: ${String(MANIFEST_BYTES_MAX + 1)} bytes, at most`],
  ])('of %s is refused', (_, given, message) => {
    expect(failure(() => parseManifest(given))).toContain(message);
  });
});

describe('chunk', () => {
  const lines = text(epoch.chunks[0]?.bytes ?? new Uint8Array())
    .trim()
    .split('\n');
  const [first = ''] = lines;
  it.each([
    ['no newline at its end', first, 'chunk: does not end with a newline'],
    ['an empty line', `${first}\n\n`, 'chunk line 2: not JSON'],
    ['nothing', '', 'chunk: does not end with a newline'],
    ['a reason that is none', `${first}\n${first.replace('"none"', '"luck"')}\n`, 'chunk line 2: reason: '],
    ['an outcome that is none', `${first.replace('"pass"', '"maybe"')}\n`, 'chunk line 1: outcome: '],
    ['a slot that is no integer', `${first.replace(/"slot":\d+/, '"slot":"0"')}\n`, 'chunk line 1: slot: '],
    ['a field too many', `${first.replace('{', '{"x":1,')}\n`, 'chunk line 1: '],
    ['a carriage return alone', `${first}\r`, 'chunk: does not end with a newline'],
    ['too many lines', '\n'.repeat(CHUNK_RECORDS_MAX + 1), `chunk: ${String(CHUNK_RECORDS_MAX + 1)} records`],
  ])('with %s is refused', (_, given, message) => {
    expect(failure(() => parseChunk(bytes(given)))).toContain(message);
  });

  it('too large is refused', () => {
    expect(failure(() => parseChunk(new Uint8Array(CHUNK_BYTES_MAX + 1)))).toMatch(/^chunk: 8388609 bytes, at most 8388608/);
  });

  it('of the smallest records fits its limit of lines', () => {
    expect(CHUNK_BYTES_MAX / 560).toBeLessThan(CHUNK_RECORDS_MAX);
    expect(Math.min(...lines.map((line) => line.length))).toBeGreaterThan(560);
  });
});

describe('policy', () => {
  it('is read from its canonical text', () => {
    expect(parsePolicyBytes(bytes(canonicalJson(smallPolicy)))).toEqual(smallPolicy);
  });
  it('is refused with the field that is wrong', () => {
    const wrong = { ...smallPolicy, classes: [{ ...smallClass, gemm: { ...smallClass.gemm, depth: 65 } }] };
    expect(failure(() => parsePolicyBytes(bytes(JSON.stringify(wrong))))).toMatch(
      /^policy: classes\[0\]\.gemm: gemm parameters outside of their bounds/,
    );
  });
});

describe('policy of version 2', () => {
  const kind = (change: object): object => ({ ...mixedPolicy, kinds: [{ kind: 1, weight: 1, cohort: 1, ...change }] });
  const memory = (change: object): object => ({
    ...mixedPolicy,
    classes: [{ ...smallClass, vram: { ...smallClass.vram, ...change } }],
  });

  it('is read with all kinds, and a class without memory', () => {
    expect(parsePolicyBytes(bytes(canonicalJson(mixedPolicy)))).toEqual(mixedPolicy);
  });

  it.each([
    ['version', { ...mixedPolicy, version: 1 }, 'version'],
    ['an unknown field', { ...mixedPolicy, proofPpm: 1 }, 'proofPpm'],
    ['a kind that nobody knows', kind({ kind: 3 }), 'kinds[0].kind'],
    ['a weight of nothing', kind({ weight: 0 }), 'kinds[0].weight'],
    ['a cohort of nobody', kind({ cohort: 0 }), 'kinds[0].cohort'],
    ['a cohort of seven', kind({ cohort: 7 }), 'kinds[0].cohort'],
    ['presence in a cohort', kind({ kind: 5, cohort: 2 }), 'kinds[0]: presence has no cohort'],
    ['no region', { ...mixedPolicy, regions: [] }, 'regions'],
    ['seventeen regions', { ...mixedPolicy, regions: Array.from({ length: 17 }, () => 'here') }, 'regions'],
    ['a region with a capital', { ...mixedPolicy, regions: ['Here'] }, 'regions[0]'],
    ['a deadline too short', { ...mixedPolicy, presence: { deadlineMs: 99 } }, 'presence.deadlineMs'],
    ['a deadline too long', memory({ fillDeadlineMs: 60_001 }), 'classes[0].vram.fillDeadlineMs'],
    ['a cache that is no power of two', memory({ cacheRows: 300 }), 'classes[0].vram: vram parameters'],
    ['too few pages', memory({ pages: 63 }), 'classes[0].vram: vram parameters'],
    ['openings that passes do not divide', memory({ openings: 5 }), 'classes[0].vram: vram parameters'],
    [
      'busy without a ration',
      { ...mixedPolicy, consensus: { ...smallPolicy.consensus, busyPpm: undefined } },
      'consensus.busyPpm',
    ],
    [
      'more busy than there are jobs',
      { ...mixedPolicy, consensus: { ...smallPolicy.consensus, busyPpm: 1_000_001 } },
      'consensus.busyPpm',
    ],
  ])('is refused with %s', (_, document, where) => {
    expect(failure(() => parsePolicyBytes(bytes(JSON.stringify(document))))).toContain(where);
  });
});

describe('bundle', () => {
  const objects = new Map(epoch.transcripts);
  const whole = { policy: smallPolicy, manifest: epoch.manifestBytes, objects };
  const packed = (document: unknown): Uint8Array<ArrayBuffer> => new Uint8Array(gzipSync(JSON.stringify(document)));

  it('comes back as it went in', async () => {
    const back = await parseBundle(new Uint8Array(await encodeBundle(whole)));
    expect(text(back.manifest)).toBe(text(epoch.manifestBytes));
    expect([back.policy, back.objects]).toEqual([smallPolicy, objects]);
  });

  it('that unpacks to more than its limit is refused while it unpacks', async () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(50_000_000)));
    expect(bomb.length).toBeLessThan(60_000);
    await expect(parseBundle(bomb, 1_000_000)).rejects.toThrow('bundle: unpacked it has more than 1000000 bytes');
  });

  const empty = { format: 'assay-bundle/1', policy: smallPolicy, manifest: '', objects: {} };
  const cases: [string, unknown, string][] = [
    ['another format', { ...empty, format: 'x' }, 'bundle: format'],
    ['a bad policy', { ...empty, policy: {} }, 'bundle: policy: version'],
    ['a key that is no hash', { ...empty, objects: { '0x12': '' } }, 'bundle: objects.0x12'],
    ['an object that is no base64', { ...empty, objects: { [`0x${'12'.repeat(32)}`]: '*' } }, 'not base64'],
    ['something else', [1], 'bundle: '],
  ];
  it.each(cases)('with %s is refused', async (_, document, message) => {
    await expect(parseBundle(packed(document))).rejects.toThrow(message);
  });

  it('cut short is refused', async () => {
    const cut = packed(empty).slice(0, -9);
    await expect(parseBundle(cut)).rejects.toThrow('bundle: not a whole gzip file');
  });

  it('too large to be read again is not written', async () => {
    const large = new Uint8Array(OBJECT_BYTES_MAX);
    const many = Array.from({ length: 50 }, (_, i) => [`0x${String(i).padStart(64, '0')}`, large] as const);
    expect(50 * OBJECT_BYTES_MAX).toBeGreaterThanOrEqual(BUNDLE_BYTES_MAX);
    await expect(encodeBundle({ ...whole, objects: new Map(many) })).rejects.toThrow('bundle: it would have');
  });
});
