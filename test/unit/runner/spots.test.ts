// Audits on demand at the runner: under their own domain only, never beside anything scheduled, given up for it at once.
import { describe, expect, test } from 'vitest';
import { cpuBackend } from '../../../gpu-runners/backends/cpu/index.ts';
import { HTTP } from '../../../gpu-runners/limits.ts';
import { cachedRegistry } from '../../../gpu-runners/registry/registry.ts';
import type { Parts } from '../../../gpu-runners/server/parts.ts';
import { createRate } from '../../../gpu-runners/server/rate.ts';
import { createSpotBudget } from '../../../gpu-runners/server/spot-budget.ts';
import { startRunner } from '../../../gpu-runners/server/runner.ts';
import type { Hex } from '../../../protocol/bytes.ts';
import type { Domain } from '../../../protocol/domain.ts';
import type { GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { drawPositions } from '../../../protocol/challenges/gemm/positions.ts';
import { fullCheck, checkGemm } from '../../../protocol/challenges/gemm/check.ts';
import { decodeCommitmentMessage, decodeOpeningMessage, encodeDrawMessage, isBusy } from '../../../protocol/messages.ts';
import { commitmentPayload, drawDigest, drawHash, verifyReceipt } from '../../../protocol/receipts.ts';
import { signDigest } from '../../../protocol/signer.ts';
import { spotDomain } from '../../../protocol/spot.ts';
import {
  DOMAIN,
  OTHER_KEY,
  OTHER_OPERATOR,
  PARAMS,
  VALIDATOR_KEY,
  VRAM,
  bytesOf,
  challengeFor,
  drawFor,
  post,
  problemOf,
  random32,
  testParts,
  twoValidators,
  withRunner,
  type AnyParams,
} from './rig.ts';

const SPOT = spotDomain(DOMAIN);
/** Some seconds of work on one core. */
const LONG: GemmParams = { ...PARAMS, rows: 512, columns: 1024, depth: 8192, rounds: 4, openings: 8 };
/** About a third of a second of it. */
const TIMED: GemmParams = { ...LONG, rows: 64 };
/** Looks were seen to come up to 147 ms late with nine other processes on two cores; a round of the job below takes seconds. */
const GIVE_UP_MEDIAN_MS_MAX = 150;
const GIVE_UP_MS_MAX = 600;
const UNBOUNDED = () => createRate(1_000_000, 1);

const spotFor = (nodeId: Hex, params: AnyParams = PARAMS, key: Uint8Array = VALIDATOR_KEY, change: object = {}) =>
  challengeFor(nodeId, change, params, SPOT, key);

async function withSpotRunner<T>(
  parts: Parts,
  body: (url: string) => Promise<T>,
  budget = createSpotBudget(1, Infinity),
): Promise<T> {
  const runner = await startRunner({ ...parts, http: HTTP }, UNBOUNDED(), budget);
  try {
    return await body(`http://127.0.0.1:${String(runner.port)}`);
  } finally {
    await runner.stop(0);
  }
}

function openingFor(hash: Hex, commitment: Hex, params: GemmParams, key: Uint8Array = VALIDATOR_KEY) {
  const positions = drawPositions(random32(), hash, commitment, params);
  const digest = drawDigest(SPOT, { challengeHash: hash, commitment, drawHash: drawHash(hash, commitment, positions) });
  return {
    positions,
    body: encodeDrawMessage({ challengeHash: hash, commitment, signature: signDigest(digest, key), positions }),
  };
}

describe('the exchange', () => {
  test('a product on demand: commitment, openings, receipts under the spot domain', async () => {
    const parts = testParts();
    await withRunner(parts, async (url) => {
      const spot = spotFor(parts.signer.nodeId);
      const first = await post(url, '/v1/spots/challenges', spot.body);
      expect(first.status).toBe(200);
      const { nodeId, commitment, signature, roots } = decodeCommitmentMessage(await bytesOf(first));
      const payload = (domain: Domain) => commitmentPayload(domain, nodeId, spot.challengeHash, commitment);
      expect(verifyReceipt(parts.signer.publicKey, payload(SPOT), signature)).toBe(true);
      expect(verifyReceipt(parts.signer.publicKey, payload(DOMAIN), signature)).toBe(false);
      const { positions, body } = openingFor(spot.challengeHash, commitment, PARAMS);
      expect(await problemOf(await post(url, '/v1/openings', body))).toBe('404 unknown-commitment');
      const second = await post(url, '/v1/spots/openings', body);
      const { openings } = decodeOpeningMessage(await bytesOf(second));
      const statement = { nodeId, nonce: spot.challenge.nonce, start: random32(), roots, positions, params: PARAMS };
      expect(checkGemm(statement, openings, fullCheck(PARAMS))).toBe('none');
      expect(await problemOf(await post(url, '/v1/spots/openings', body))).toBe('404 unknown-commitment');
    });
  });

  test('presence on demand is answered at once', async () => {
    const parts = testParts();
    await withRunner(parts, async (url) => {
      const spot = spotFor(parts.signer.nodeId, { region: 0 });
      const answer = decodeCommitmentMessage(await bytesOf(await post(url, '/v1/spots/challenges', spot.body)));
      expect(answer.roots).toEqual([]);
      const payload = commitmentPayload(SPOT, answer.nodeId, spot.challengeHash, answer.commitment);
      expect(verifyReceipt(parts.signer.publicKey, payload, answer.signature)).toBe(true);
    });
  });
});

describe('what is refused', () => {
  const parts = testParts();
  const { nodeId } = parts.signer;
  const refused: readonly [string, string, Uint8Array, string][] = [
    ['a scheduled challenge on the spot route', '/v1/spots/challenges', challengeFor(nodeId).body, '403 unknown-validator'],
    ['a spot on the scheduled route', '/v1/challenges', spotFor(nodeId).body, '403 unknown-validator'],
    ['a spot of nobody with a seat', '/v1/spots/challenges', spotFor(nodeId, PARAMS, OTHER_KEY).body, '403 unknown-validator'],
    ['memory on demand', '/v1/spots/challenges', spotFor(nodeId, VRAM).body, '422 unsupported'],
    ['another node’s', '/v1/spots/challenges', spotFor(random32()).body, '403 wrong-node'],
    ['one too late', '/v1/spots/challenges', spotFor(nodeId, PARAMS, VALIDATOR_KEY, { deadline: 1 }).body, '410 deadline-passed'],
    ['no challenge', '/v1/spots/challenges', new Uint8Array(7), '400 malformed'],
    ['no opening', '/v1/spots/openings', new Uint8Array(7), '400 malformed'],
  ];
  test.each(refused)('%s', async (_, path, body, problem) => {
    await withRunner({ ...parts, backend: cpuBackend(1) }, async (url) => {
      expect(await problemOf(await post(url, path, body))).toBe(problem);
    });
  });

  test('a nonce that was used, also by the schedule', async () => {
    const own = testParts();
    await withRunner(own, async (url) => {
      const nonce = random32();
      expect((await post(url, '/v1/challenges', challengeFor(own.signer.nodeId, { nonce }, { region: 0 }).body)).status).toBe(
        200,
      );
      const spot = spotFor(own.signer.nodeId, PARAMS, VALIDATOR_KEY, { nonce });
      expect(await problemOf(await post(url, '/v1/spots/challenges', spot.body))).toBe('409 nonce-used');
    });
  });

  test('more than the rate, for each validator by itself', async () => {
    const own = testParts({ registry: cachedRegistry(twoValidators(), Date.now) });
    await withRunner(own, async (url) => {
      const ask = async (key: Uint8Array, validator: Hex) => {
        const spot = spotFor(own.signer.nodeId, PARAMS, key, { validator });
        const answer = await post(url, '/v1/spots/challenges', spot.body);
        if (answer.status !== 200) return problemOf(answer);
        const { commitment } = decodeCommitmentMessage(await bytesOf(answer));
        const { body } = openingFor(spot.challengeHash, commitment, PARAMS, key);
        return String((await post(url, '/v1/spots/openings', body)).status);
      };
      const first: string[] = [];
      for (let i = 0; i < 6; i++) first.push(await ask(VALIDATOR_KEY, spotFor(own.signer.nodeId).challenge.validator));
      expect(first).toEqual(['200', '200', '200', '200', '503 too-often', '503 too-often']);
      expect(await ask(OTHER_KEY, OTHER_OPERATOR)).toBe('200');
    });
  });
});

describe('their share of the time', () => {
  test('all validators together have it, and beyond it are told how long; the schedule goes on', async () => {
    let now = Date.now();
    const own = testParts({ registry: cachedRegistry(twoValidators(), Date.now), now: () => (now += 1_000) });
    const ask = async (url: string, key: Uint8Array, validator: Hex) => {
      const spot = spotFor(own.signer.nodeId, PARAMS, key, { validator });
      const answer = await post(url, '/v1/spots/challenges', spot.body);
      if (answer.status !== 200) return `${await problemOf(answer)} ${answer.headers.get('retry-after') ?? ''}`;
      const { commitment } = decodeCommitmentMessage(await bytesOf(answer));
      await post(url, '/v1/spots/openings', openingFor(spot.challengeHash, commitment, PARAMS, key).body);
      return 'done';
    };
    const own1 = spotFor(own.signer.nodeId).challenge.validator;
    const work = async (url: string) => {
      expect(await ask(url, VALIDATOR_KEY, own1)).toBe('done'); // took seconds by this clock, which is more than there is
      expect(await ask(url, VALIDATOR_KEY, own1)).toMatch(/^503 spots-spent \d+$/);
      const told = await ask(url, OTHER_KEY, OTHER_OPERATOR);
      expect(told).toMatch(/^503 spots-spent \d+$/);
      expect((await post(url, '/v1/challenges', challengeFor(own.signer.nodeId, {}, { region: 0 }).body)).status).toBe(200);
      now += 1_000 * Number(told.split(' ')[2]);
      expect(await ask(url, OTHER_KEY, OTHER_OPERATOR)).toBe('done');
    };
    await withSpotRunner(own, work, createSpotBudget(1 / 16, 1_000));
  });

  test('in the long run a sixteenth, and a minute at a stretch', () => {
    const budget = createSpotBudget();
    const hourMs = 3_600_000;
    let usedMs = 0;
    for (let now = 0; now < hourMs; now += 1_000) {
      try {
        budget.require(now);
      } catch {
        continue;
      }
      budget.spend(1_000, now + 1_000);
      usedMs += 1_000;
    }
    expect(usedMs).toBeLessThanOrEqual(hourMs / 16 + 60_000 + 1_000);
    expect(usedMs).toBeGreaterThan(hourMs / 16);
  });
});

describe('beside the schedule', () => {
  test('while a scheduled job is held a spot is told so, until the opening', async () => {
    const parts = testParts();
    await withSpotRunner(parts, async (url) => {
      const job = challengeFor(parts.signer.nodeId);
      const answer = decodeCommitmentMessage(await bytesOf(await post(url, '/v1/challenges', job.body)));
      const spot = () => post(url, '/v1/spots/challenges', spotFor(parts.signer.nodeId).body);
      const held = await spot();
      expect(held.headers.get('retry-after')).toBe('1');
      expect(await problemOf(held)).toBe('503 busy');
      const positions = drawPositions(random32(), job.challengeHash, answer.commitment, PARAMS);
      await post(url, '/v1/openings', drawFor(job.challengeHash, answer.commitment, positions));
      expect((await spot()).status).toBe(200);
      expect(await problemOf(await spot())).toBe('503 busy'); // one at a time
    });
  });

  test('a running spot is given up within moments; the scheduled job is never told busy', { timeout: 60_000 }, async () => {
    const parts = testParts();
    await withSpotRunner(parts, async (url) => {
      const warm = spotFor(parts.signer.nodeId, LONG);
      const spot = post(url, '/v1/spots/challenges', warm.body);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const job = await post(url, '/v1/challenges', challengeFor(parts.signer.nodeId).body);
      expect(job.status).toBe(200);
      expect(isBusy(await bytesOf(job))).toBe(false);
      const given = await spot;
      expect(await problemOf(given)).toBe('503 preempted');
    });
  });

  test('a spot that waits for its opening is given up too, and its opening says so', async () => {
    const parts = testParts();
    await withSpotRunner(parts, async (url) => {
      const spot = spotFor(parts.signer.nodeId);
      const { commitment } = decodeCommitmentMessage(await bytesOf(await post(url, '/v1/spots/challenges', spot.body)));
      expect((await post(url, '/v1/challenges', challengeFor(parts.signer.nodeId).body)).status).toBe(200);
      const { body } = openingFor(spot.challengeHash, commitment, PARAMS);
      expect(await problemOf(await post(url, '/v1/spots/openings', body))).toBe('503 preempted');
    });
  });

  test('scheduled audits beside a stream of spots take no longer than without', { timeout: 120_000, retry: 2 }, async () => {
    const parts = testParts();
    const rounds = 12;
    await withSpotRunner(parts, async (url) => {
      const timed = async (): Promise<number> => {
        const job = challengeFor(parts.signer.nodeId, {}, TIMED);
        const from = performance.now();
        const answer = await bytesOf(await post(url, '/v1/challenges', job.body));
        const tookMs = performance.now() - from;
        expect(isBusy(answer)).toBe(false);
        const { commitment } = decodeCommitmentMessage(answer);
        const positions = drawPositions(random32(), job.challengeHash, commitment, TIMED);
        const opened = await post(url, '/v1/openings', drawFor(job.challengeHash, commitment, positions));
        expect(opened.status).toBe(200);
        return tookMs;
      };
      const median = (times: number[]): number => times.sort((x, y) => x - y)[Math.floor(times.length / 2)] ?? 0;
      await timed(); // packs the matrix
      let [going, pausing, sent, preempted] = [true, true, 0, 0];
      const stream = (async () => {
        while (going) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          if (pausing) continue;
          sent++;
          const answer = await post(url, '/v1/spots/challenges', spotFor(parts.signer.nodeId, LONG).body);
          if ((await answer.text()).includes('preempted')) preempted++;
        }
      })();
      // In turn, so that whatever else this machine does slows both alike.
      const [without, during]: [number[], number[]] = [[], []];
      for (let i = 0; i < rounds; i++) {
        pausing = true;
        await new Promise((resolve) => setTimeout(resolve, 20));
        await timed(); // ends the last spot
        without.push(await timed());
        pausing = false;
        await new Promise((resolve) => setTimeout(resolve, 80)); // a spot begins
        during.push(await timed());
      }
      [going, pausing] = [false, true];
      await timed();
      await stream;
      const [alone, beside] = [median(without), median(during)];
      expect(sent).toBeGreaterThan(rounds);
      expect(preempted).toBeGreaterThanOrEqual(rounds / 3);
      if (process.env['ASSAY_SHOW'] !== undefined)
        process.stdout.write(
          `alone ${alone.toFixed(1)} ms, beside ${beside.toFixed(1)} ms, spots ${String(sent)}, given up ${String(preempted)}\n`,
        );
      expect(beside / alone).toBeLessThan(2);
    });
  });
});

describe('giving up', () => {
  test('the engine of the processor stops between rows, also while it makes a matrix', { timeout: 60_000 }, async () => {
    const backend = cpuBackend(1);
    try {
      const wide: GemmParams = { ...LONG, columns: 4096, depth: 8192, rows: 4096 };
      const took: number[] = [];
      (await backend.gemm(PARAMS, random32())).release(); // its thread is there: to begin one takes a third of a second
      for (const afterMs of [50, 100, 300, 600, 1_200, 2_500, 5_000]) {
        const stop = new AbortController();
        const job = backend.gemm({ ...wide, matrixKey: random32() }, random32(), stop.signal).then(
          () => 'done',
          () => 'given up',
        );
        await new Promise((resolve) => setTimeout(resolve, afterMs));
        const from = performance.now();
        stop.abort();
        expect(await job).toBe('given up');
        took.push(performance.now() - from);
      }
      if (process.env['ASSAY_SHOW'] !== undefined)
        process.stdout.write(`ms to give up: ${took.map((ms) => ms.toFixed(1)).join(', ')}\n`);
      // On a machine that does nothing else all of them are below ten; on a busy one a look comes late, but never by a round of work.
      expect(took.toSorted((a, b) => a - b)[Math.floor(took.length / 2)]).toBeLessThan(GIVE_UP_MEDIAN_MS_MAX);
      expect(Math.max(...took)).toBeLessThan(GIVE_UP_MS_MAX);
      const proof = await backend.gemm(PARAMS, random32());
      expect(proof.roots.length).toBe(PARAMS.rounds);
    } finally {
      await backend.close();
    }
  });
});
