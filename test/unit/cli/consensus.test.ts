// `assay verify --consensus` against a real chain with posted roots, and servers of which each has only a part.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { toHex } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import type { Leaves } from '../../../protocol/consensus/types.ts';
import type { EpochFixture } from '../../support/epoch.ts';
import { MEMBER_STEP } from '../../../protocol/schedule.ts';
import { word } from '../chain/actors.ts';
import { startConsensus, type ConsensusFixture } from './consensus-fixture.ts';
import { assay, type Ran } from './io.ts';

// each test runs whole verifications or several transactions; a busy machine takes its time
vi.setConfig({ testTimeout: 60_000 });

let fixture: ConsensusFixture;
let epoch4: readonly EpochFixture[];

/** Gives node 1 a better score than the records do. */
const lie = (leaves: Leaves): Leaves => ({
  ...leaves,
  scores: leaves.scores.map((score) => (score.nodeIndex === 1 ? { ...score, scorePpm: 999_999 } : score)),
});

beforeAll(async () => {
  fixture = await startConsensus();
  const epoch3 = await fixture.report(3);
  epoch4 = await fixture.report(4); // the time to report about epoch 3 is over with its next epoch
  await fixture.root(3, epoch3);
  const epoch5 = await fixture.report(5);
  await fixture.root(4, epoch4);
  const epoch6 = await fixture.report(6, (label) =>
    label === 'dave' ? { report: (report) => ({ ...report, auditRoot: word('other audits') }) } : {},
  );
  await fixture.root(5, epoch5, lie);
  await fixture.network.goTo(8);
  await fixture.root(6, epoch6);
}, 240_000);

afterAll(() => fixture.stop());

const verify = (epoch: number, ...more: string[]): Promise<Ran> => {
  const { network, server } = fixture;
  const place = ['--api', `${server.url}/api`, '--rpc', network.url, '--registry', network.registry];
  return assay(['verify', '--epoch', String(epoch), '--consensus', ...place, ...more]);
};

/** Verifies while nobody, or nobody but a validator, has what some paths hold. */
async function verifyWithout(isGone: (path: string) => boolean, epoch: number, ...more: string[]): Promise<Ran> {
  const { routes } = fixture.server;
  const before = new Map(routes);
  for (const path of before.keys()) if (isGone(path)) routes.delete(path);
  try {
    return await verify(epoch, ...more);
  } finally {
    for (const [path, bytes] of before) routes.set(path, bytes);
  }
}

const CHECKS = [
  ...['root on chain', 'signatures', 'weights and quorum', 'policy hash', 'report set', 'report sets of the window'],
  ...['reports on chain', 'archives', 'lines of the root before', 'roots computed again'],
];

describe('verify --consensus', () => {
  it('computes a root again, with the window and the root before', async () => {
    const { code, out, err } = await verify(4);
    expect([code, err]).toEqual([0, '']);
    const ticks = out.split('\n').flatMap((line) => /^✓ (.*) \(\d+\)$/.exec(line)?.[1] ?? []);
    expect(ticks).toEqual(CHECKS);
    expect(out).toContain(`signed: seat 3 ${fixture.validators[3]?.operator ?? ''}`);
    expect(out).toMatch(
      /verifies: it follows from 4 reports and 4 of the window, and a quorum signed it\..*--sample does that\.$/,
    );
  });

  it('computes the first root, which has neither', async () => {
    const { code, out } = await verify(3);
    expect([code, out.includes('lines of the root before'), out.includes('0 of the window')]).toEqual([0, false, true]);
  });

  it('takes archives from validators where the API has none', async () => {
    const { code, err } = await verifyWithout((path) => path.startsWith('/api/v1/objects/'), 4);
    expect([code, err]).toEqual([0, '']);
  });

  it('asks for the policy of the epoch by its hash, as another one may be in force by now', async () => {
    const { code, err } = await verifyWithout((path) => path.endsWith('/v1/policy'), 4);
    expect([code, err]).toEqual([0, '']);
  });

  it('replays each counted archive when asked to', async () => {
    const { code, out, err } = await verify(4, '--all', '--json');
    expect([code, err]).toEqual([0, '']);
    const result = JSON.parse(out) as { transcripts: { total: number; checked: number }; checks: { name: string }[] };
    expect(result).toMatchObject({ ok: true, epoch: 4, provisional: false, reports: { fresh: 4, window: 4 }, failed: null });
    expect(result.checks.map(({ name }) => name)).toContain('replays');
    expect(result.transcripts.checked).toBe(result.transcripts.total);
    expect(result.transcripts.total).toBeGreaterThan(20);
    const rows = epoch4.flatMap((one) => one.rows);
    expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set([1, 2, 5]));
    expect(rows.some(({ draw }) => draw >= MEMBER_STEP)).toBe(true);
    expect(rows.some(({ reason }) => reason === 'busy')).toBe(true); // signed by a seat that the chain names
  });

  it('tells seats, weights and signatures as JSON', async () => {
    const { out } = await verify(3, '--json');
    const result = JSON.parse(out) as { seats: unknown[] };
    expect(result.seats[0]).toMatchObject({ seat: 0, operator: fixture.validators[0]?.operator, signed: true });
  });
});

describe('verify --consensus ends with 1 and names', () => {
  it('the first line that a quorum made up', async () => {
    const { code, out } = await verify(5);
    const line = out.split('\n').at(-1);
    expect([code, line]).toEqual([1, expect.stringContaining('does NOT verify. roots computed again: scoreRoot: expected 0x')]);
    expect(line).toMatch(/first line that differs \(posted \/ computed here\): node 1: scorePpm 999999 \/ \d+$/);
  });

  it('the root alone where nobody serves its lines', async () => {
    const { code, out } = await verifyWithout((path) => path.includes('/consensus/5/leaves'), 5);
    expect([code, out]).toEqual([1, expect.stringContaining('nobody serves the lines under the posted root')]);
  });

  it('a counted archive that is not what its validator signed', async () => {
    const { code, out } = await verify(6);
    expect(code).toBe(1);
    expect(out).toContain(
      `✗ archives (item 1): archive of epoch 6 of ${fixture.validators[3]?.operator ?? ''}: auditRoot: expected`,
    );
  });

  it('a record that its transcript refutes', async () => {
    const { server } = fixture;
    const [first] = epoch4;
    const row = first?.rows.find(({ reason }) => reason === 'none');
    if (row === undefined) throw new Error('no passed record');
    const path = `/alice/v1/audits/${[4, row.slot, row.draw].join('-')}/transcript`;
    const bytes = server.routes.get(path) ?? null;
    server.routes.set(path, Uint8Array.of(1, 2, 3));
    const { code, out } = await verify(4, '--all');
    server.routes.set(path, bytes);
    expect([code, out]).toEqual([1, expect.stringMatching(/✗ replays .*epoch 4 of 0x\w+: transcripts: slot \d+ draw \d+/)]);
  });
});

describe('verify --consensus ends with 2 when', () => {
  it('no root is posted', async () => {
    const { code, err } = await verify(2);
    expect([code, err]).toEqual([2, expect.stringContaining('No consensus root is posted for epoch 2')]);
  });

  it.each([
    [
      'a report set',
      '/report-sets/',
      /The report set 0x\w+ of the root of epoch 4 can't be had: neither 127\.0\.0\.1:\d+ nor any of 4/,
    ],
    [
      'the lines of the root before',
      '/consensus/3/leaves',
      /The lines of the root of epoch 3, on which this one builds, can't be had/,
    ],
    ['a policy', '/v1/polic', /Nobody serves the policy 0x\w+, which the chain names/],
  ])('nobody has %s', async (_, part, message) => {
    const { code, err } = await verifyWithout((path) => path.includes(part), 4);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });

  it('nobody has an archive', async () => {
    const hash = toHex(sha256(epoch4[1]?.manifestBytes ?? new Uint8Array()));
    const { code, err } = await verifyWithout((path) => path.includes(hash), 4);
    expect([code, err]).toEqual([2, expect.stringContaining(`${hash} of the archive of epoch 4 of`)]);
  });

  it('somebody serves other bytes instead', async () => {
    const { routes } = fixture.server;
    const path = [...routes.keys()].find((key) => key.includes('/consensus/3/leaves')) ?? '';
    const bytes = routes.get(path) ?? null;
    routes.set(path, new TextEncoder().encode('{"scores":[],"validators":[],"rewards":[],"penalties":[]}'));
    const { code, err } = await verify(4);
    routes.set(path, bytes);
    expect([code, err]).toEqual([2, expect.stringContaining("can't be had")]);
  });

  it('it is asked for together with a bundle or one validator', async () => {
    const place = ['--rpc', fixture.network.url, '--registry', fixture.network.registry];
    const bundled = await assay(['verify', '--epoch', '3', '--consensus', '--file', 'x', ...place]);
    expect([bundled.code, bundled.err]).toEqual([2, expect.stringContaining('--consensus needs --api')]);
    expect((await verify(3, '--validator', `0x${'11'.repeat(20)}`)).err).toContain('exclude one another');
  });
});
