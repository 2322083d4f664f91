// Orders of audits on demand in the Worker's own database, bucket and queue; what an audit comes to is the test's to say.
import { toHex, type Hex } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { recordHash, type AuditRecord } from '../../../protocol/record.ts';
import { epochStart } from '../../../protocol/schedule.ts';
import { verdictOf, type Reason } from '../../../protocol/verdict.ts';
import { problem } from '../../../schema/api/problems.ts';
import { spotDetail, type SpotDetail } from '../../../schema/api/spots.ts';
import { d1Ledger } from '../../../workers/adapters/d1-ledger.ts';
import { d1Spots } from '../../../workers/adapters/d1-spots.ts';
import { r2Spots } from '../../../workers/adapters/r2-spots.ts';
import type { Audited, SpotResult } from '../../../workers/services/spots/audit-spot.ts';
import { secureRandom, type SpotPorts, type SpotRow } from '../../../workers/services/spots/ports.ts';
import type { SpotRunner } from '../../../workers/services/spots/run-spot.ts';
import { factsOf, hashOf, nodeOf } from '../support/bindings.ts';
import { CLOCK, REGISTRY, VALIDATOR, bindings, embeddedPolicy, siteAt, webPorts, type Site } from '../support/web-env.ts';
import type { TestTenant } from '../support/tenants.ts';

export const EPOCH = 5;
export const NOW_MS = 1000 * epochStart(CLOCK, EPOCH) + 4_000;
export const store = d1Spots(bindings.DB);
export const objects = r2Spots(bindings.ARCHIVE);
const gpuClass = embeddedPolicy().classes[0]?.name ?? '';

/** Node 0 works, node 1 is retired, node 2 has a class that nobody knows; 3 to 5 are as 0. */
export async function seedNodes(): Promise<void> {
  const nodes = [0, 1, 2, 3, 4, 5].map((index) =>
    nodeOf(index, { gpuClass: index === 2 ? 'no such class' : gpuClass, retired: index === 1 }),
  );
  await d1Ledger(bindings.DB, VALIDATOR).freeze(factsOf(EPOCH, nodes.length), nodes);
}
export const nodeId = (index: number): Hex => hashOf('id', index);

export type Shop = Site & {
  readonly sent: string[];
  readonly order: (by: TestTenant, body: object, key?: string) => Promise<Response>;
};

/** The API at a moment, with a queue that only notes what it is sent. */
export function shopAt(nowMs = NOW_MS, change: Partial<SpotPorts> = {}, settings = webPorts(nowMs).settings): Shop {
  const sent: string[] = [];
  const real = webPorts(nowMs).spots;
  const queue = { send: async (ids: readonly string[]) => void sent.push(...ids) };
  const site = siteAt(nowMs, {
    settings,
    spots: { ...real, queue, pause: () => new Promise((done) => setTimeout(done, 5)), ...change },
  });
  const order: Shop['order'] = (by, body, key = crypto.randomUUID()) =>
    site.get('/v1/audits', { method: 'POST', headers: { ...by.headers, 'idempotency-key': key }, body: JSON.stringify(body) });
  return { ...site, sent, order };
}

export const detailIn = async (response: Response): Promise<SpotDetail> => spotDetail.parse(await response.json());
export const problemIn = async (response: Response): Promise<string> =>
  `${String(response.status)} ${problem.parse(await response.json()).type}`;

/** A verdict, as an auditor would end with it. */
export function endedAs({ nodeId: node, kind }: SpotRow, seed: Hex, reason: Reason = 'none'): Audited {
  const transcript = new TextEncoder().encode(`a transcript of ${node}`);
  const record: AuditRecord = {
    ...{ epoch: EPOCH, slot: 0, draw: 77, validator: VALIDATOR, nodeId: node, kind, ...verdictOf(reason), elapsedMs: 12 },
    ...{ challengeHash: hashOf('c'), commitment: hashOf('k'), openingHash: hashOf('o'), measure: reason === 'none' ? 99 : 0 },
    ...{ freshnessRound: 0, startedAt: NOW_MS, transcriptHash: toHex(sha256(transcript)) },
  };
  const names = { chainId: 31337, registry: REGISTRY, policyHash: hashOf('policy'), beacon: null, seed };
  const signature: Hex = `0x${'51'.repeat(65)}`;
  return { proof: { ...names, record, recordHash: recordHash(record), signer: VALIDATOR, signature }, transcript };
}

export type Audit = SpotRunner['audit'];

/** Does orders with the real store and bucket; `asked` counts audits. */
export function runnerWith(
  audit: (row: SpotRow, seed: Hex, note: Parameters<Audit>[2]) => Promise<SpotResult>,
  change: Partial<SpotRunner> = {},
) {
  const asked: string[] = [];
  const runner: SpotRunner = {
    ...{ store, objects, random: secureRandom, nowMs: () => NOW_MS + 1_000 },
    audit: async (row, seed, note) => {
      asked.push(row.id);
      return audit(row, seed, note);
    },
    ...change,
  };
  return { runner, asked };
}

/** Everything that is counted, scored or archived, as one text. */
export async function countedState(): Promise<string> {
  const tables = ['epochs', 'audits', 'summaries', 'chunks', 'tallies', 'scores', 'network_epochs', 'mirrors'];
  const { results } = await bindings.DB.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{ name: string }>();
  const there = tables.filter((table) => results.some(({ name }) => name === table));
  const rows = await Promise.all(there.map(async (table) => (await bindings.DB.prepare(`SELECT * FROM ${table}`).all()).results));
  const keys = (await bindings.ARCHIVE.list()).objects.map(({ key }) => key).filter((key) => !key.startsWith('spots/'));
  return JSON.stringify({ there, rows, keys });
}
