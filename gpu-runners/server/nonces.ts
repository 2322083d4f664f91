// Which nonces were used. Each may be used once, and is remembered until its challenge's deadline has passed (after that the
// deadline alone refuses it), also across restarts: the line is on disk before the work begins. The count is bounded, for all and for
// each validator; when it is reached nothing is forgotten early, new challenges are refused instead.
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hex } from '../../protocol/bytes.ts';
import { DEADLINE_AHEAD_MS_MAX, NONCE_LINES_MAX, NONCES_MAX } from '../limits.ts';
import { Refusal } from '../problem.ts';
import { createTally, shareOf, type Sender } from './shares.ts';

export type NonceMemory = {
  /** Throws if the nonce was used, or if no more can be remembered; else remembers it. */
  use(sender: Sender, nonce: Hex, deadline: number, now: number): void;
  used(nonce: Hex): boolean;
};

/** Where the lines are kept; `append` must not return before the line is handed to the system. */
export type NonceStore = { load(): string[]; append(line: string): void; replace(lines: readonly string[]): void };

/** A nonce's deadline and the operator that used it. */
type Use = { readonly deadline: number; readonly operator: Hex };

const LINE = /^(\d{1,16}) (0x[0-9a-f]{64}) (0x[0-9a-f]{40})$/;
const lineOf = (nonce: Hex, { deadline, operator }: Use): string => `${String(deadline)} ${nonce} ${operator}`;

export function createNonceMemory(store: NonceStore, startedAt: number, max: number = NONCES_MAX): NonceMemory {
  const uses = new Map<Hex, Use>();
  const counts = createTally();
  let lines = 0;

  const rewrite = (): void => {
    store.replace([...uses].map(([nonce, use]) => lineOf(nonce, use)));
    lines = uses.size;
  };
  const remember = (nonce: Hex, use: Use): void => {
    uses.set(nonce, use);
    counts.add(use.operator, 1);
  };
  const forget = (now: number): void => {
    for (const [nonce, { deadline, operator }] of uses) {
      if (deadline >= now) continue;
      uses.delete(nonce);
      counts.add(operator, -1);
    }
  };
  const isFull = (): boolean => uses.size >= max;
  const isOverShare = (sender: Sender): boolean => counts.of(sender.operator) >= shareOf(max, sender);
  for (const line of store.load()) {
    const [, deadline, nonce, operator] = LINE.exec(line) ?? [];
    // A torn last line, or one from far in the future, was never acted upon.
    if (deadline === undefined || nonce === undefined || operator === undefined || uses.has(nonce as Hex)) continue;
    if (Number(deadline) > startedAt + DEADLINE_AHEAD_MS_MAX) continue;
    remember(nonce as Hex, { deadline: Number(deadline), operator: operator as Hex });
  }
  forget(startedAt);
  rewrite();

  return {
    used: (nonce) => uses.has(nonce),
    use(sender, nonce, deadline, now) {
      if (uses.has(nonce)) throw new Refusal('nonce-used');
      if (isFull() || isOverShare(sender)) forget(now);
      if (isFull()) throw new Refusal('nonces-full');
      if (isOverShare(sender)) throw new Refusal('share-full');
      const use = { deadline, operator: sender.operator };
      store.append(lineOf(nonce, use));
      remember(nonce, use);
      if (++lines > NONCE_LINES_MAX) {
        forget(now);
        rewrite();
      }
    },
  };
}

export function nonceFile(dataDirectory: string): NonceStore {
  const file = join(dataDirectory, 'nonces.log');
  return {
    load() {
      try {
        return readFileSync(file, 'utf8').split('\n');
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
        throw error;
      }
    },
    append: (line) => {
      appendFileSync(file, `${line}\n`, { mode: 0o600 });
    },
    replace: (lines) => {
      writeFileSync(`${file}.new`, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
  };
}
