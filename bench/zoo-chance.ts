// Those that chance finds: thousands of draws of positions against the dishonest provers themselves and the judge's own check of openings,
// in this process. Receipts and wire are the same for all; test/system and zoo-probes.ts go through them.
import { randomBytes } from 'node:crypto';
import { partialStorage } from '../gpu-runners/adversaries/behaviours/partial-storage.ts';
import { skip } from '../gpu-runners/adversaries/behaviours/skip.ts';
import { toHex, type Hex } from '../protocol/bytes.ts';
import { KIND_GEMM, KIND_VRAM } from '../protocol/challenge.ts';
import { secretCheck } from '../protocol/challenges/gemm/check.ts';
import { expandMatrixB } from '../protocol/challenges/gemm/matrix.ts';
import { drawPositions } from '../protocol/challenges/gemm/positions.ts';
import { multiplyRound } from '../protocol/challenges/gemm/prove.ts';
import { gemmSecrets } from '../protocol/challenges/gemm/secrets.ts';
import { dataKey, expandCache } from '../protocol/challenges/vram/data.ts';
import { drawVramPositions } from '../protocol/challenges/vram/positions.ts';
import { gemmOpenings, vramOpenings } from '../protocol/openings-check.ts';
import type { GpuClass } from '../protocol/policy.ts';
import { taskOf } from '../protocol/task.ts';
import { Z_999, wilson } from './chance.ts';
import { foundOf, type Found } from './zoo-found.ts';

const TRIES = 2_000;
/** What is made up differs between proofs; positions differ between all. */
const DRAWS_PER_PROOF = 20;
const none = { proofPpm: 1, commitDeadlineMs: 1, openDeadlineMs: 1, fillDeadlineMs: 1, passDeadlineMs: 1 };

/** As many openings as the network's classes have, over jobs of a few milliseconds. */
const CLASS: GpuClass = {
  name: 'zoo',
  gemm: { rows: 64, columns: 1024, depth: 64, rounds: 8, openings: 64, floorOpsPerSecond: 0, ...none },
  vram: { pages: 4096, cacheRows: 256, parents: 4, passes: 8, openings: 128, floorBytesPerSecond: 0, ...none },
};
const random = (): Hex => toHex(randomBytes(32));
const policy = { presence: { deadlineMs: 1 } };

function chanceAgainst(name: Found['name'], asked: string, share: number, openings: number, reasons: readonly string[]): Found {
  const formula = 1 - (1 - share) ** openings;
  const caught = reasons.filter((reason) => reason !== 'none').length;
  const { low, high } = wilson(caught, reasons.length, Z_999);
  // draws of one proof are not quite independent, and a page that is drawn in two passes counts once: a percent is for that
  const met = low - 0.01 <= formula && formula <= high + 0.01;
  return foundOf({ name, asked }, reasons, { text: `1−(1−f)^${String(openings)} = ${(100 * formula).toFixed(2)} %`, met });
}

function skipped(percent: 5 | 10 | 50, tries: number): Found {
  const beacon = random();
  const task = taskOf({ policy, gpuClass: CLASS, kind: KIND_GEMM, region: 0, beacon });
  if (task.kind !== KIND_GEMM) throw new Error('a product');
  const { params } = task;
  const check = gemmOpenings(task, secretCheck(params, gemmSecrets(random(), params)));
  const b = expandMatrixB(params);
  const prove = skip(percent / 100);
  const reasons: string[] = [];
  while (reasons.length < tries) {
    const nonce = random();
    const proof = prove(params, nonce, (_, current) => multiplyRound(params, b, current));
    for (let i = 0; i < DRAWS_PER_PROOF; i++) {
      const positions = drawPositions(random(), random(), proof.commitment, params);
      reasons.push(check({ nodeId: random(), nonce, start: random(), roots: proof.roots, positions }, proof.open(positions)));
    }
  }
  return chanceAgainst(`skip-${String(percent) as '5' | '10' | '50'}`, 'K1, k = 64', percent / 100, params.openings + 1, reasons);
}

function kept(percent: 95 | 90 | 50, tries: number): Found {
  const task = taskOf({ policy, gpuClass: CLASS, kind: KIND_VRAM, region: 0, beacon: random() });
  if (task.kind !== KIND_VRAM) throw new Error('a fill');
  const { params } = task;
  const nodeId = random();
  const cache = expandCache(params);
  const check = vramOpenings(task, cache);
  const fill = partialStorage(percent / 100);
  const reasons: string[] = [];
  while (reasons.length < tries) {
    const [start, nonce] = [random(), random()];
    const proof = fill({ params, cache, key: dataKey(params, nodeId), between: () => undefined })(start, nonce);
    for (let i = 0; i < DRAWS_PER_PROOF; i++) {
      const positions = drawVramPositions(random(), random(), proof.commitment, params);
      reasons.push(check({ nodeId, nonce, start, roots: proof.roots, positions }, proof.open(positions)));
    }
  }
  const name = `partial-storage-${String(percent) as '95' | '90' | '50'}` as const;
  return chanceAgainst(name, 'K2, k = 128', 1 - percent / 100, params.openings, reasons);
}

export function byChance(quick: boolean, say: (text: string) => void): Found[] {
  const tries = quick ? DRAWS_PER_PROOF : TRIES;
  return [
    ...([5, 10, 50] as const).map((percent) => {
      say(`zoo: skip-${String(percent)}`);
      return skipped(percent, tries);
    }),
    ...([95, 90, 50] as const).map((percent) => {
      say(`zoo: partial-storage-${String(percent)}`);
      return kept(percent, tries);
    }),
  ];
}
