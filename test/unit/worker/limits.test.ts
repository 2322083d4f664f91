// How the limits relate to one another, to the platform's and to the policies that ship.
import { describe, expect, it } from 'vitest';
import { SEATS_MAX } from '../../../chain/limits.ts';
import { CHUNK_BYTES_MAX, archiveChunks } from '../../../protocol/archive.ts';
import { toHex } from '../../../protocol/bytes.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../../protocol/challenge.ts';
import { encodeChallengeMessage } from '../../../protocol/messages.ts';
import type { GpuClass, Policy } from '../../../protocol/policy.ts';
import type { AuditRow } from '../../../protocol/record.ts';
import { COHORT_MAX } from '../../../protocol/schedule.ts';
import { SEED_GAP_MAX } from '../../../protocol/seed.ts';
import {
  commitDeadlineMs,
  commitmentBytesMax,
  firstBytesMax,
  firstDeadlineMs,
  openDeadlineMs,
  openingBytesMax,
  taskOf,
  type Task,
} from '../../../protocol/task.ts';
import { REASON, type Reason } from '../../../protocol/verdict.ts';
import { shippedPolicies } from '../../../schema/policy/shipped.ts';
import { OBJECTIONS_MAX, TRANSCRIPT_BYTES_MAX } from '../../../schema/wire/limits.ts';
import * as limits from '../../../workers/limits.ts';

/** Of the platform (paid plan). */
const CONSUMER_MS_MAX = 15 * 60_000;
const QUEUE_MESSAGE_BYTES_MAX = 128_000;
const D1_VALUE_BYTES_MAX = 2_000_000;
const MEMORY_BYTES = 128 * 2 ** 20;
const SUBREQUESTS_MAX = 10_000;
const CONNECTIONS_MAX = 6;
const QUEUE_BATCH_MESSAGES_MAX = 100;
const QUEUE_DELAY_SECONDS_MAX = 43_200;

const hex32 = toHex(new Uint8Array(32).fill(0xff));

const kindsOf = (gpuClass: GpuClass): number[] =>
  gpuClass.vram === null ? [KIND_GEMM, KIND_PRESENCE] : [KIND_GEMM, KIND_VRAM, KIND_PRESENCE];

/** Every task that a policy can make, of some region and beacon. */
function tasksOf(policy: Policy): Task[] {
  return policy.classes.flatMap((gpuClass) =>
    kindsOf(gpuClass).map((kind) => taskOf({ policy, gpuClass, kind, region: 0, beacon: hex32 })),
  );
}

/** All of a task's requests, each at its deadline. */
const taskMsMax = (task: Task): number =>
  firstDeadlineMs(task) + (task.kind === KIND_VRAM ? commitDeadlineMs(task) : 0) + (openDeadlineMs(task) ?? 0);

/** The longest that anything of a chunk can take after its slot's start: a probe starts within its freshness or not at all. */
function chunkMsMax(policy: Policy): number {
  const { schedule, beacon } = policy;
  const fresh = 1000 * beacon.periodSeconds * beacon.freshnessRounds;
  // A member that is done waits for those that are not: for the last to fill, and for the last to be timed.
  const probe = Math.max(...tasksOf(policy).map(taskMsMax)) + limits.REGION_CALL_MS_MAX;
  return schedule.jitterMs + fresh + probe + limits.CONTROL_TIMEOUT_MS + 3 * limits.AUDITOR_LAG_MS_MAX;
}

describe('limits', () => {
  it('are positive whole numbers', () => {
    for (const [name, value] of Object.entries(limits)) {
      expect([name, typeof value === 'bigint' || Number.isSafeInteger(value), value > 0]).toEqual([name, true, true]);
    }
  });

  it('keep to the platform’s', () => {
    expect(limits.PROBES_IN_FLIGHT_MAX).toBe(CONNECTIONS_MAX);
    expect(limits.QUEUE_BATCH_MAX).toBeLessThanOrEqual(QUEUE_BATCH_MESSAGES_MAX);
    expect(limits.QUEUE_DELAY_SECONDS_MAX).toBeLessThanOrEqual(QUEUE_DELAY_SECONDS_MAX);
    const widest = { epoch: Number.MAX_SAFE_INTEGER, slot: 2 ** 32, chunk: 2 ** 32 };
    expect(JSON.stringify(widest).length * limits.QUEUE_BATCH_MAX).toBeLessThan(QUEUE_MESSAGE_BYTES_MAX);
  });

  it.each(shippedPolicies)('a chunk of $name ends within a consumer’s time, and in the time that sealing leaves it', (policy) => {
    expect(chunkMsMax(policy)).toBeLessThan(CONSUMER_MS_MAX);
    expect(policy.schedule.jitterMs).toBeLessThanOrEqual(limits.WAIT_MS_MAX);
  });

  it('network: sealing waits for the slowest probe of the last slot', () => {
    const network = shippedPolicies.find(({ name }) => name === 'network');
    expect(network).toBeDefined();
    const SLOT_MS = 60_000; // a slot is a minute in production
    if (network !== undefined) expect(chunkMsMax(network)).toBeLessThan(SLOT_MS + 1000 * network.schedule.settleSeconds);
  });

  it('a cohort has its places, and a chunk of long draws never more nodes than connections', () => {
    expect(COHORT_MAX).toBeLessThanOrEqual(limits.PROBES_IN_FLIGHT_MAX);
    for (const { kinds } of shippedPolicies) {
      for (const { cohort } of kinds) expect(cohort).toBeLessThanOrEqual(limits.PROBES_IN_FLIGHT_MAX);
    }
  });

  it.each(shippedPolicies)('what $name checks openings with stays in memory over an epoch’s end', ({ classes }) => {
    const caches = new Set(classes.flatMap(({ vram }) => (vram === null ? [] : [vram.cacheRows])));
    const shapes = new Set(classes.map(({ gemm }) => `${String(gemm.depth)}x${String(gemm.columns)}`));
    expect(2 * caches.size).toBeLessThanOrEqual(limits.VRAM_CACHES_MAX);
    expect(2 * shapes.size).toBeLessThanOrEqual(limits.GEMM_SECRETS_MAX);
    for (const rows of caches) expect(64 * rows).toBeLessThanOrEqual(limits.VRAM_CACHE_BYTES_MAX);
    const cacheBytes = [...caches].reduce((sum, rows) => sum + 2 * 64 * rows, 0);
    // Two primes a block of 256 columns; vectors of four bytes for each of its columns and eight for each step of the depth.
    const secretBytes = classes.map(({ gemm }) => 2 * (gemm.columns / 256) * (4 * 256 + 8 * gemm.depth));
    const mostSecrets = 2 * shapes.size * Math.max(...secretBytes);
    expect(cacheBytes + mostSecrets).toBeLessThan(MEMORY_BYTES / 2);
  });

  it.each(shippedPolicies)('a region’s object sends and reads what $name’s presence needs, and little more', (policy) => {
    const [gpuClass] = policy.classes;
    if (gpuClass === undefined) throw new Error('no class');
    const task = taskOf({ policy, gpuClass, kind: KIND_PRESENCE, region: 255, beacon: hex32 });
    const wide = Number.MAX_SAFE_INTEGER;
    const domain = { chainId: wide, registry: hex32.slice(0, 42) as `0x${string}` };
    const head = { epoch: wide, slot: 2 ** 32 - 1, draw: 2 ** 32 - 1, validator: domain.registry, nodeId: hex32, kind: 5 };
    const challenge = { ...head, paramsHash: task.paramsHash, nonce: hex32, deadline: wide };
    const signature = toHex(new Uint8Array(65));
    const message = encodeChallengeMessage({ domain, challenge, params: task.bytes, signature });
    expect(message.length).toBeLessThanOrEqual(limits.REGION_REQUEST_BYTES_MAX);
    expect(firstBytesMax(task)).toBeLessThanOrEqual(limits.REGION_ANSWER_BYTES_MAX);
    expect(firstDeadlineMs(task)).toBeLessThanOrEqual(limits.REGION_DEADLINE_MS_MAX);
    // The call outlasts all that a node's own name servers can take: else who runs one could make it end as ours.
    expect(limits.REGION_LAG_MS_MAX + limits.LOOK_UP_MS_MAX).toBeLessThan(limits.REGION_CALL_MS_MAX);
  });

  it.each(shippedPolicies)('answers of one chunk of $name fit into memory, and each transcript into its limit', (policy) => {
    for (const task of tasksOf(policy)) {
      const answers = firstBytesMax(task) + commitmentBytesMax(task) + openingBytesMax(task);
      const transcript = answers + 7_000;
      expect(transcript).toBeLessThan(TRANSCRIPT_BYTES_MAX);
      expect(2 * transcript * limits.CHUNK_DRAWS_MAX).toBeLessThan(MEMORY_BYTES / 4); // held once each and once packed
    }
  });

  it('subrequests of a chunk stay below what an invocation may make', () => {
    const perDraw = 3 + 4 + limits.BEACON_TRIES_MAX * 8 + 8; // three posts, two look-ups of two types, eight beacon servers
    expect(limits.CHUNK_DRAWS_MAX * perDraw + 20).toBeLessThan(SUBREQUESTS_MAX);
  });

  it('rows of one statement fit into one value of D1, at their widest', () => {
    const reason = Object.keys(REASON).sort((a, b) => b.length - a.length)[0];
    const wide = Number.MAX_SAFE_INTEGER;
    const audit = [
      wide,
      2 ** 32,
      2 ** 32,
      2 ** 32,
      hex32,
      255,
      hex32,
      hex32,
      hex32,
      'void',
      reason,
      2 ** 32,
      wide,
      wide,
      wide,
      hex32,
    ];
    const row = JSON.stringify([...audit, 2 ** 32, 2 ** 32, 2 ** 32, 16]);
    expect(row.length * limits.ROWS_PER_STATEMENT_MAX).toBeLessThan(D1_VALUE_BYTES_MAX);
    const url = `https://${'x'.repeat(192)}`; // the registry takes 200 bytes (contracts/src/Limits.sol)
    const node = JSON.stringify([2 ** 32, hex32, hex32.slice(0, 42), hex32, hex32, url, 'x'.repeat(32), 2 ** 32, 1]);
    expect(node.length * limits.ROWS_PER_STATEMENT_MAX).toBeLessThan(D1_VALUE_BYTES_MAX);
  });

  it('a record of an archive is never longer than its limit, and as many as are in memory together fit', () => {
    const wide = Number.MAX_SAFE_INTEGER;
    const reason = (Object.keys(REASON) as Reason[]).sort((a, b) => b.length - a.length)[0] ?? 'none';
    const row: AuditRow = {
      ...{ epoch: wide, validator: hex32, slot: 2 ** 32, draw: 2 ** 32, nodeIndex: 2 ** 32, nodeId: hex32, kind: 255 },
      ...{ challengeHash: hex32, commitment: hex32, openingHash: hex32, outcome: 'pass' as const, reason, elapsedMs: 2 ** 32 },
      ...{ measure: wide, freshnessRound: wide, startedAt: wide, transcriptHash: hex32 },
    };
    const [chunk] = archiveChunks([row], CHUNK_BYTES_MAX);
    expect(chunk?.bytes.length).toBeLessThanOrEqual(limits.RECORD_BYTES_MAX);
    expect(limits.MIRROR_RECORDS_MAX * limits.RECORD_BYTES_MAX * 2).toBeLessThan(MEMORY_BYTES);
  });

  it('archives that wait for silent peers leave the tick its time, and each try its peers', () => {
    expect(limits.MIRRORS_IN_FLIGHT_MAX).toBeLessThan(CONNECTIONS_MAX);
    expect(limits.MIRROR_DEADLINE_MS).toBeLessThan(limits.MIRROR_ARCHIVE_MS_MAX);
    expect(limits.MIRROR_ARCHIVE_MS_MAX).toBeLessThan(limits.MIRROR_TICK_MS_MAX);
    expect(limits.MIRROR_TICK_MS_MAX + limits.MIRROR_ARCHIVE_MS_MAX).toBeLessThan(CONSUMER_MS_MAX);
    expect(limits.MIRRORS_PER_TICK_MAX).toBeGreaterThanOrEqual(SEATS_MAX);
    expect(limits.MIRROR_RETRY_MS).toBeLessThan(limits.MIRROR_RETRY_MS_MAX);
    expect(limits.OBJECTIONS_UNCONFIRMED_MAX * SEATS_MAX).toBeLessThanOrEqual(OBJECTIONS_MAX);
  });

  it('a replacement pays enough more, and there are enough of them before they stop', () => {
    expect(limits.REPLACE_BUMP_PERCENT).toBeGreaterThanOrEqual(10n);
    expect(limits.ATTEMPTS_MAX * limits.REPLACE_AFTER_MS).toBeGreaterThanOrEqual(10 * 60_000);
  });

  it.each(shippedPolicies)(
    'no name of $name is looked up between a timed request and the openings: the node’s time runs',
    (policy) => {
      for (const task of tasksOf(policy).filter((its) => openDeadlineMs(its) !== null)) {
        const timedMs = task.kind === KIND_VRAM ? commitDeadlineMs(task) : firstDeadlineMs(task);
        expect(timedMs + limits.AUDITOR_LAG_MS_MAX).toBeLessThan(limits.GUARDED_MS);
      }
    },
  );

  it('one beacon request that hangs leaves time for another server, and for a slow look-up, before its round is stale', () => {
    for (const { beacon } of shippedPolicies) {
      const freshMs = 1000 * beacon.periodSeconds * (beacon.freshnessRounds - 1); // a draw may come at its round's very end
      expect(limits.BEACON_TIMEOUT_MS + limits.LOOK_UP_MS_MAX).toBeLessThan(freshMs);
    }
  });

  it('a backlog is worked off faster than it grows, and a day away breaks no seed chain', () => {
    expect(limits.BACKLOG_PER_TICK_MAX).toBeGreaterThan(1);
    expect(SEED_GAP_MAX).toBeGreaterThan(24 * 31);
  });
});
