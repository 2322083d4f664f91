// Forgeries: answers that are not the honest one's bytes, and memories that do not hold the node's own pages. None may pass.
import { afterAll, describe, expect, test } from 'vitest';
import { concat, u16, type Hex } from '../../../../protocol/bytes.ts';
import { checkVram, type VramStatement } from '../../../../protocol/challenges/vram/check.ts';
import { FOLD_BYTES, passKey, passKeys } from '../../../../protocol/challenges/vram/fold.ts';
import { PAGE_WORDS, fillKey } from '../../../../protocol/challenges/vram/params.ts';
import {
  commitVram,
  fillPages,
  foldPass,
  openVram,
  vramCommitment,
  vramPassOf,
  type PageSource,
  type VramPass,
} from '../../../../protocol/challenges/vram/prove.ts';
import { drawVramPositions } from '../../../../protocol/challenges/vram/positions.ts';
import { startOf } from '../../../../protocol/challenges/vram/start.ts';
import { rfc6962Root } from '../../../../protocol/trees/rfc6962.ts';
import { seeded, word } from '../support.ts';
import { NODE, NONCE, PATIENT, SEED, SMALL, START, job, pageOf, type Verdict } from './support.ts';

const honest = job(SMALL);
const pages = fillPages(SMALL, NODE);
const source: PageSource = (page) => pageOf(pages, page);
const judge = (statement: VramStatement, bytes: Uint8Array): Verdict => checkVram(statement, bytes, NODE, honest.cache);
let mutations = 0;
let accepted = 0;

describe('mutations of an honest answer', PATIENT, () => {
  const next = seeded(23);
  const { statement, bytes } = honest.answer('mutated');
  const other = honest.answer('another draw').bytes;
  const splice = (from: number, to: number, ...middle: readonly Uint8Array[]): Uint8Array =>
    concat(bytes.subarray(0, from), ...middle, bytes.subarray(to));

  const mutate: Record<string, () => Uint8Array> = {
    'one bit': () => {
      const at = next(bytes.length);
      return bytes.with(at, (bytes[at] ?? 0) ^ (1 << next(8)));
    },
    'a byte set': () => bytes.with(next(bytes.length), next(256)),
    'a byte taken out': () => {
      const at = next(bytes.length);
      return splice(at, at + 1);
    },
    'a byte put in': () => {
      const at = next(bytes.length + 1);
      return splice(at, at, Uint8Array.of(next(256)));
    },
    'a stretch from elsewhere in it': () => {
      const [from, to, length] = [next(bytes.length), next(bytes.length), 1 + next(40)];
      const copy = bytes.slice();
      copy.set(bytes.subarray(from, Math.min(from + length, bytes.length - to + from)), to);
      return copy;
    },
    'a stretch of another draw’s answer': () => {
      const [at, length] = [next(Math.min(bytes.length, other.length)), 1 + next(300)];
      const copy = bytes.slice();
      copy.set(other.subarray(at, Math.min(at + length, bytes.length)), at);
      return copy;
    },
    'two bytes exchanged': () => {
      const [a, b] = [next(bytes.length), next(bytes.length)];
      return bytes.with(a, bytes[b] ?? 0).with(b, bytes[a] ?? 0);
    },
    'cut short': () => bytes.slice(0, next(bytes.length)),
  };

  test.each(Object.keys(mutate))('%s', (name) => {
    expect(judge(statement, bytes)).toBe('none');
    const seen = new Set<Verdict>();
    for (let done = 0; done < 1_000;) {
      const forged = mutate[name]?.() ?? bytes;
      if (Buffer.compare(forged, bytes) === 0) continue; // the same byte again is no forgery
      const verdict = judge(statement, forged);
      seen.add(verdict);
      accepted += Number(verdict === 'none');
      mutations++;
      done++;
    }
    expect([...seen]).toEqual(['bad_opening']);
  });

  afterAll(() => {
    expect(mutations).toBe(8_000);
    expect(accepted).toBe(0);
  });
});

/** An answer over passes that a dishonest prover put together, under the roots that they have. */
function answerOf(passes: readonly VramPass[], salt: string): { statement: VramStatement; bytes: Uint8Array } {
  const roots = passes.map(({ tree }) => rfc6962Root(tree));
  const positions = drawVramPositions(SEED, word(salt), vramCommitment(START, roots), SMALL);
  return {
    statement: { params: SMALL, nonce: NONCE, start: START, roots, positions },
    bytes: openVram(SMALL, passes, positions),
  };
}

/** The first pass's own work, then whatever `second` makes of it. */
function secondPass(second: (first: VramPass, key: Hex) => VramPass): VramPass[] {
  const first = foldPass(SMALL, passKey(START, NONCE, 0, null), 0, source);
  return [first, second(first, passKey(START, NONCE, 1, rfc6962Root(first.tree)))];
}

function always(verdict: Verdict, answer: (salt: string) => { statement: VramStatement; bytes: Uint8Array }): void {
  const seen = new Set<Verdict>();
  for (let i = 0; i < 40; i++) {
    const { statement, bytes } = answer(`answer ${String(i)}`);
    seen.add(judge(statement, bytes));
  }
  expect([...seen]).toEqual([verdict]);
}

describe('work that was not done', PATIENT, () => {
  test('the same prover, doing all of it, passes', () => {
    always('none', (salt) =>
      answerOf(
        secondPass((_, key) => foldPass(SMALL, key, 1, source)),
        salt,
      ),
    );
  });

  test('a pass skipped: the first root and tree again', () => {
    always('bad_opening', (salt) =>
      answerOf(
        secondPass((first) => first),
        salt,
      ),
    );
  });

  test('a pass skipped: the first pass’s folds under the second’s key', () => {
    always('wrong_result', (salt) =>
      answerOf(
        secondPass((first, key) => vramPassOf(SMALL, key, first.folds)),
        salt,
      ),
    );
  });

  test('both passes at once: the second under a key that does not wait for the first', () => {
    const early = passKey(START, NONCE, 1, null);
    always('bad_opening', (salt) =>
      answerOf(
        secondPass(() => foldPass(SMALL, early, 1, source)),
        salt,
      ),
    );
    always('wrong_result', (salt) =>
      answerOf(
        secondPass((_, key) => vramPassOf(SMALL, key, foldPass(SMALL, early, 1, source).folds)),
        salt,
      ),
    );
  });

  test('passes exchanged, a pass too few, a pass too many', () => {
    const passes = secondPass((_, key) => foldPass(SMALL, key, 1, source));
    always('bad_opening', (salt) => answerOf(passes.toReversed(), salt));
    const { statement, bytes } = answerOf(passes, 'count');
    const [first = new Uint8Array(32), second = new Uint8Array(32)] = statement.roots;
    for (const roots of [[], [first], [first, second, second]]) expect(judge({ ...statement, roots }, bytes)).toBe('bad_opening');
  });

  test('the answer to an earlier start, whole or as folds in today’s trees', () => {
    const before = startOf(SEED, word('an earlier challenge'));
    const old = commitVram(SMALL, before, NONCE, pages);
    always('bad_opening', (salt) => {
      const positions = drawVramPositions(SEED, word(salt), old.commitment, SMALL);
      const statement = { params: SMALL, nonce: NONCE, start: START, roots: old.roots, positions };
      return { statement, bytes: old.open(positions) };
    });
    const oldKeys = passKeys(before, NONCE, old.roots);
    const foldsOf = (round: number): Uint8Array =>
      foldPass(SMALL, oldKeys[round] ?? passKey(before, NONCE, 0, null), round, source).folds;
    const first = vramPassOf(SMALL, passKey(START, NONCE, 0, null), foldsOf(0));
    const second = vramPassOf(SMALL, passKey(START, NONCE, 1, rfc6962Root(first.tree)), foldsOf(1));
    always('wrong_result', (salt) => answerOf([first, second], salt));
  });

  test('another nonce’s answer', () => {
    const second = commitVram(SMALL, START, word('another nonce'), pages);
    always('bad_opening', (salt) => {
      const positions = drawVramPositions(SEED, word(salt), second.commitment, SMALL);
      const statement = { params: SMALL, nonce: NONCE, start: START, roots: second.roots, positions };
      return { statement, bytes: second.open(positions) };
    });
  });
});

describe('memory that holds something else', PATIENT, () => {
  const filled: Record<string, () => Uint32Array | PageSource> = {
    'another node’s pages, as where two nodes share a buffer': () => fillPages(SMALL, word('another node')),
    'another epoch’s pages': () => fillPages({ ...SMALL, fillKey: fillKey(word('last beacon')) }, NODE),
    'pages of fewer parents': () => fillPages({ ...SMALL, parents: SMALL.parents - 1 }, NODE),
    'pages of a smaller cache': () => fillPages({ ...SMALL, pages: 137, cacheRows: 512 }, NODE),
    nothing: () => new Uint32Array(PAGE_WORDS * SMALL.pages),
    'one page for all': () => () => pageOf(pages, 0),
    'each page one further': () => (page) => pageOf(pages, (page + 1) % SMALL.pages),
    'one bit wrong in each page': () => (page) => pageOf(pages, page).map((value, w) => value ^ Number(w === page)),
    'items in another order': () => (page) => pageOf(pages, page).map((_, w, all) => all[w ^ 16] ?? 0),
    'lanes in another order': () => (page) => pageOf(pages, page).map((_, w, all) => all[w ^ 1] ?? 0),
  };

  test.each(Object.keys(filled))('%s: caught always', (name) => {
    const { answer } = job(SMALL, filled[name]?.() ?? new Uint32Array());
    always('wrong_result', answer);
  });

  test('a page that is drawn in two passes is checked in both', () => {
    const passes = secondPass((_, key) => {
      const { folds } = foldPass(SMALL, key, 1, source);
      return vramPassOf(SMALL, key, folds.with(FOLD_BYTES * 70 + 3, (folds[FOLD_BYTES * 70 + 3] ?? 0) ^ 4));
    });
    const { statement } = answerOf(passes, 'twice');
    const said = (drawn: readonly [number, number][]): Verdict => {
      const positions = drawn.map(([round, leaf]) => ({ round, leaf }));
      return judge({ ...statement, positions }, openVram(SMALL, passes, positions));
    };
    expect(said([[0, 70], [1, 71]])).toBe('none'); // prettier-ignore
    expect(said([[0, 70], [1, 70]])).toBe('wrong_result'); // prettier-ignore
  });

  test('no openings at all are no opening', () => {
    const { statement } = honest.answer('none');
    expect(judge({ ...statement, positions: [] }, u16(0))).toBe('bad_opening');
  });

  test('a page of another length is the prover’s own error', () => {
    expect(() => commitVram(SMALL, START, NONCE, () => new Uint32Array(255))).toThrow('a page is 256 words');
  });
});
