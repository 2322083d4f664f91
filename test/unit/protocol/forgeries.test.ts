// Forgeries of kinds 2 and 5 and of busy: memory that is not the node's, folds that are not of the pass, openings that are not of the
// tree, replays, presence of another nonce, rivals that do not hold. None may pass; with those of kind 1 (gemm/forgeries) they are
// over 10,000.
import { afterAll, describe, expect, test } from 'vitest';
import { concat, u16, type Hex } from '../../../protocol/bytes.ts';
import { judgeBusy } from '../../../protocol/busy.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../../protocol/challenge.ts';
import { presenceCommitment } from '../../../protocol/challenges/presence.ts';
import { checkVram, type VramStatement } from '../../../protocol/challenges/vram/check.ts';
import { expandCache } from '../../../protocol/challenges/vram/data.ts';
import { FOLD_BYTES, passKey } from '../../../protocol/challenges/vram/fold.ts';
import { encodeVramOpenings, decodeVramOpenings, type VramOpening } from '../../../protocol/challenges/vram/openings.ts';
import { PAGE_WORDS, fillKey } from '../../../protocol/challenges/vram/params.ts';
import { fillPages, foldPass, openVram, vramPassOf, type VramPass } from '../../../protocol/challenges/vram/prove.ts';
import { judgeCommitment, judgeReady } from '../../../protocol/judge.ts';
import { encodeReadyMessage } from '../../../protocol/messages.ts';
import { rfc6962Root } from '../../../protocol/trees/rfc6962.ts';
import { signerAddress } from '../../../protocol/signer.ts';
import { busyBytes, commitmentBytes, ownRival, type RivalOptions } from '../../support/answers.ts';
import type { Stage } from '../../support/behaviour-names.ts';
import { mixedWorld, stageOf, worldDue } from '../../support/epoch.ts';
import { testNodeKey } from '../../support/node-key.ts';
import { prove } from '../../support/provers.ts';
import { seeded, word } from './support.ts';
import { NODE, NONCE, PATIENT, SMALL, START, job, pageOf } from './vram/support.ts';

/** Tries of a group that costs no signature, and of one that does. */
const CHEAP = 195;
const SIGNED = 16;
let tries = 0;

const honestPages = fillPages(SMALL, NODE);
const cache = expandCache(SMALL);
const next = seeded(19);

/** What the checker says to one forged answer. */
function reasonOf(statement: VramStatement, bytes: Uint8Array): string {
  tries++;
  return checkVram(statement, bytes, NODE, cache);
}

const turned = (by: (at: number) => number): Uint32Array => honestPages.map((_, at) => honestPages[by(at)] ?? 0);
const garbage = Uint32Array.from({ length: honestPages.length }, () => next(2 ** 32));

/** Memory that holds something else. */
const wrongMemory: Record<string, Uint32Array> = {
  'all zero': new Uint32Array(honestPages.length),
  'anything at all': garbage,
  'another node’s data': fillPages(SMALL, word('another node')),
  'last epoch’s data': fillPages({ ...SMALL, fillKey: fillKey(word('last epoch')) }, NODE),
  'data with a parent less': fillPages({ ...SMALL, parents: SMALL.parents - 1 }, NODE),
  'data of a cache twice as large': fillPages({ ...SMALL, cacheRows: 2 * SMALL.cacheRows }, NODE),
  'one bit of each page wrong': honestPages.map((word32, at) => (at % PAGE_WORDS === 200 ? word32 ^ 1 : word32)),
  'one page in all places': turned((at) => at % PAGE_WORDS),
  'pages moved on by one': turned((at) => (at + PAGE_WORDS) % honestPages.length),
  'one item all over each page': turned((at) => at - (at % PAGE_WORDS) + (at % 16)),
};

describe('memory that is not the node’s, folded honestly', PATIENT, () => {
  test.each(Object.keys(wrongMemory))('%s', (name) => {
    const { answer } = job(SMALL, wrongMemory[name]);
    const reasons = new Set<string>();
    for (let i = 0; i < CHEAP; i++) {
      const { statement, bytes } = answer(`${name} ${String(i)}`);
      reasons.add(reasonOf(statement, bytes));
    }
    expect([...reasons]).toEqual(['wrong_result']);
  });
});

/** Passes whose trees and keys are right, but whose folds were made with `keyOf` instead of the pass's key. */
function foldedWith(keyOf: (round: number) => Hex): { roots: Uint8Array[]; passes: VramPass[] } {
  const roots: Uint8Array[] = [];
  const passes: VramPass[] = [];
  for (let round = 0; round < SMALL.passes; round++) {
    const own = passKey(START, NONCE, round, roots[round - 1] ?? null);
    const { folds } = foldPass(SMALL, keyOf(round), round, (page) => pageOf(honestPages, page));
    const pass = vramPassOf(SMALL, own, folds);
    passes.push(pass);
    roots.push(rfc6962Root(pass.tree));
  }
  return { roots, passes };
}

describe('the node’s memory, folded otherwise', PATIENT, () => {
  const ways: Record<string, (round: number) => Hex> = {
    'before the start was known': () => passKey(word('a guess'), NONCE, 0, null),
    'with another challenge’s nonce': (round) => passKey(START, word('another nonce'), round, null),
    'with one key in every pass': () => word('one key'),
  };
  test.each(Object.keys(ways))('%s', (name) => {
    const { roots, passes } = foldedWith(ways[name] ?? (() => word('none')));
    const { answer } = job(SMALL);
    const reasons = new Set<string>();
    for (let i = 0; i < CHEAP; i++) {
      const { statement } = answer(`${name} ${String(i)}`);
      reasons.add(reasonOf({ ...statement, roots }, openVram(SMALL, passes, statement.positions)));
    }
    expect([...reasons]).toEqual(['wrong_result']);
  });
});

test('the folds of pass 0 in every pass pass as far as pass 0 is drawn, and no further', PATIENT, () => {
  const first = passKey(START, NONCE, 0, null);
  const { roots, passes } = foldedWith(() => first);
  const { answer } = job(SMALL);
  for (let i = 0; i < CHEAP; i++) {
    const { statement } = answer(`pass 0 ${String(i)}`);
    const drawn = (positions: VramStatement['positions']): string =>
      checkVram({ ...statement, roots, positions }, openVram(SMALL, passes, positions), NODE, cache);
    tries++;
    expect(drawn(statement.positions)).toBe('wrong_result');
    if (i % 50 === 0) expect(drawn(statement.positions.filter(({ round }) => round === 0))).toBe('none');
  }
});

describe('right work, wrong answers', PATIENT, () => {
  const honest = job(SMALL);
  const second = job(SMALL, honestPages, word('another start'));

  function refused(forge: (statement: VramStatement, bytes: Uint8Array) => [VramStatement, Uint8Array]): void {
    const reasons = new Set<string>();
    for (let i = 0; i < CHEAP; i++) {
      const { statement, bytes } = honest.answer(`answer ${String(i)}`);
      if (i % 50 === 0) expect(checkVram(statement, bytes, NODE, cache)).toBe('none');
      reasons.add(reasonOf(...forge(statement, bytes)));
    }
    expect([...reasons]).toEqual(['bad_opening']);
  }
  /** The same openings with something changed in each. */
  function changed(change: (opening: VramOpening, i: number, all: readonly VramOpening[]) => VramOpening): void {
    refused((statement, bytes) => [
      statement,
      encodeVramOpenings(decodeVramOpenings(bytes, SMALL, statement.positions).map(change)),
    ]);
  }

  test('no openings', () => {
    refused((statement) => [statement, u16(0)]);
    refused((statement) => [{ ...statement, positions: [] }, u16(0)]);
  });

  test('the first opening again and again', () => {
    refused((statement) => {
      const one = honest.proof.open(statement.positions.slice(0, 1)).subarray(2);
      return [statement, concat(u16(statement.positions.length), ...statement.positions.map(() => one))];
    });
  });

  test('another group’s folds and path under the drawn number', () => {
    refused((statement) => {
      const neighbours = statement.positions.map(({ round, leaf }) => ({ round, leaf: (leaf + 32) % 128 }));
      const opened = decodeVramOpenings(honest.proof.open(neighbours), SMALL, neighbours);
      const renumbered = opened.map((opening, i) => ({ ...opening, position: statement.positions[i] ?? opening.position }));
      return [statement, encodeVramOpenings(renumbered)];
    });
  });

  test('another pass’s folds, right in themselves', () => {
    refused((statement) => {
      const others = statement.positions.map(({ round, leaf }) => ({ round: 1 - round, leaf }));
      const opened = decodeVramOpenings(honest.proof.open(others), SMALL, others);
      const renumbered = opened.map((opening, i) => ({ ...opening, position: statement.positions[i] ?? opening.position }));
      return [statement, encodeVramOpenings(renumbered)];
    });
  });

  test('folds that are not under the root: one bit, two exchanged, a path of another', () => {
    changed((opening, i) => ({ ...opening, folds: opening.folds.map((byte, at) => (at === i ? byte ^ 1 : byte)) }));
    changed((opening) => {
      const [a, b] = [opening.folds.subarray(0, FOLD_BYTES), opening.folds.subarray(FOLD_BYTES, 2 * FOLD_BYTES)];
      return { ...opening, folds: concat(b, a, opening.folds.subarray(2 * FOLD_BYTES)) };
    });
    changed((opening) => ({ ...opening, path: opening.path.toReversed().map((hash) => hash.map((byte) => byte ^ 255)) }));
  });

  test('another start’s openings, with its roots or ours', () => {
    refused((statement) => [statement, second.proof.open(statement.positions)]);
    refused((statement) => [{ ...statement, roots: second.proof.roots }, second.proof.open(statement.positions)]);
  });

  test('roots exchanged between passes', () => {
    refused((statement, bytes) => [{ ...statement, roots: statement.roots.toReversed() }, bytes]);
  });
});

const world = mixedWorld();
const due = worldDue(world);
const stages = (kind: number): Stage[] => due.filter(({ draw }) => draw.kind === kind).map((item) => stageOf(world, item));
const pick = <T>(items: readonly T[], i: number): T => {
  const item = items[i % items.length];
  if (item === undefined) throw new Error('there are none');
  return item;
};

describe('ready, commitments and presence of another audit', PATIENT, () => {
  const fills = stages(KIND_VRAM);
  const present = stages(KIND_PRESENCE);
  const told = fills.slice(0, 6).map((stage) => ({ stage, proof: prove(stage, 'honest') }));

  function refused(judge: (i: number) => unknown, times = SIGNED): void {
    for (let i = 0; i < times; i++) {
      tries++;
      const verdict = judge(i);
      expect(typeof verdict === 'string' && verdict !== 'none').toBe(true);
    }
  }

  test('ready, replayed', () => {
    refused((i) => judgeReady(pick(fills, i).audit, encodeReadyMessage(pick(fills, i + 1).audit)), CHEAP);
  });

  test('a commitment, replayed as it was or signed anew for this challenge', () => {
    refused((i) => {
      const [own, other] = [pick(told, i), pick(told, i + 1)];
      return judgeCommitment(own.stage.audit, commitmentBytes(other.stage, 'honest', other.proof));
    });
    refused((i) => {
      const [own, other] = [pick(told, i), pick(told, i + 1)];
      return judgeCommitment(own.stage.audit, commitmentBytes(own.stage, 'honest', other.proof));
    });
  });

  test('passes over the memory before the start: those of a guess', () => {
    refused((i) => {
      const { stage } = pick(told, i);
      const guess = { ...stage, audit: { ...stage.audit, start: word(`guess ${String(i)}`) } };
      return judgeCommitment(stage.audit, commitmentBytes(stage, 'honest', prove(guess, 'honest')));
    }, 12);
  });

  test('presence of another nonce, another node’s, with another node’s key, and replayed', () => {
    const answer = (stage: Stage, nonce = stage.audit.challenge.nonce): Uint8Array =>
      commitmentBytes(stage, 'honest', { commitment: presenceCommitment(nonce), roots: [], open: () => new Uint8Array() });
    expect(typeof judgeCommitment(pick(present, 0).audit, answer(pick(present, 0)))).toBe('object');
    refused((i) => judgeCommitment(pick(present, i).audit, answer(pick(present, i), word(String(i)))));
    refused((i) => judgeCommitment(pick(present, i).audit, answer(pick(present, i), pick(present, i + 1).audit.challenge.nonce)));
    refused((i) => judgeCommitment(pick(present, i).audit, answer(pick(present, i + 1))));
    refused((i) => judgeCommitment(pick(present, i).audit, answer({ ...pick(present, i), nodeKey: testNodeKey(100 + i) })));
  });
});

describe('busy that does not hold', PATIENT, () => {
  const timed = [...stages(KIND_GEMM), ...stages(KIND_VRAM)];
  const signer = signerAddress(world.rival.signerKey);
  const seats = new Map([
    [world.rival.operator, signer],
    [world.validator, signerAddress(world.signerKey)],
  ]);
  const signerOf = (validator: Hex): Hex | undefined => seats.get(validator);
  const forgeries: Record<string, (stage: Stage, i: number) => RivalOptions & { signedHash?: Hex }> = {
    'the challenge itself': (stage) => ownRival(stage),
    'an expired rival': ({ audit }, i) => ({ change: { deadline: audit.startedAt - 60_001 - i } }),
    'a rival for later': ({ audit }, i) => ({ change: { deadline: audit.startedAt + 120_001 + i } }),
    'another node’s rival': (_, i) => ({ change: { nodeId: word(`node ${String(i)}`) } }),
    'a rival that nobody signed': (_, i) => ({ signerKey: new Uint8Array(32).fill(100 + i) }),
    'a rival of an old epoch': ({ audit }, i) => ({ change: { epoch: Math.max(0, audit.challenge.epoch - 1 - (i % 4)) } }),
    'a rival of presence': () => ({ change: { kind: KIND_PRESENCE } }),
    'a rival of another network': ({ audit }, i) => ({ domain: { ...audit.domain, chainId: 1 + i } }),
    'a receipt over another rival': (_, i) => ({ signedHash: word(`rival ${String(i)}`) }),
  };
  test.each(Object.keys(forgeries))('%s', (name) => {
    expect(judgeBusy(pick(timed, 0).audit, busyBytes(pick(timed, 0)), signerOf)).toBe('busy');
    for (let i = 0; i < SIGNED; i++) {
      tries++;
      const stage = pick(timed, i);
      expect(judgeBusy(stage.audit, busyBytes(stage, forgeries[name]?.(stage, i)), signerOf)).not.toBe('busy');
    }
  });

  test('another audit’s busy, replayed', () => {
    for (let i = 0; i < SIGNED; i++) {
      tries++;
      expect(judgeBusy(pick(timed, i).audit, busyBytes(pick(timed, i + 1)), signerOf)).not.toBe('busy');
    }
  });
});

afterAll(() => {
  expect(tries).toBeGreaterThanOrEqual(5_000);
});
