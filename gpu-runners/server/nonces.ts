// Which nonces were used. Each may be used once, and is remembered until its challenge's deadline has passed (after that the
// deadline alone refuses it), also across restarts: the line is on disk before the work begins. The count is bounded; when it
// is reached nothing is forgotten early, new challenges are refused instead.
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hex } from '../../protocol/bytes.ts';
import { DEADLINE_AHEAD_MS_MAX, NONCE_LINES_MAX, NONCES_MAX } from '../limits.ts';
import { Refusal } from '../problem.ts';

export type NonceMemory = {
  /** Throws if the nonce was used, or if no more can be remembered; else remembers it. */
  use(nonce: Hex, deadline: number, now: number): void;
  used(nonce: Hex): boolean;
};

/** Where the lines are kept; `append` must not return before the line is handed to the system. */
export type NonceStore = { load(): string[]; append(line: string): void; replace(lines: readonly string[]): void };

const LINE = /^(\d{1,16}) (0x[0-9a-f]{64})$/;

export function createNonceMemory(store: NonceStore, startedAt: number, max: number = NONCES_MAX): NonceMemory {
  const deadlines = new Map<Hex, number>();
  let lines = 0;

  const rewrite = (): void => {
    store.replace([...deadlines].map(([nonce, deadline]) => `${String(deadline)} ${nonce}`));
    lines = deadlines.size;
  };
  const forget = (now: number): void => {
    for (const [nonce, deadline] of deadlines) if (deadline < now) deadlines.delete(nonce);
  };
  for (const line of store.load()) {
    const [, deadline, nonce] = LINE.exec(line) ?? [];
    // A torn last line, or one from far in the future, was never acted upon.
    if (deadline !== undefined && nonce !== undefined && Number(deadline) <= startedAt + DEADLINE_AHEAD_MS_MAX) {
      deadlines.set(nonce as Hex, Number(deadline));
    }
  }
  forget(startedAt);
  rewrite();

  return {
    used: (nonce) => deadlines.has(nonce),
    use(nonce, deadline, now) {
      if (deadlines.has(nonce)) throw new Refusal('nonce-used');
      if (deadlines.size >= max) forget(now);
      if (deadlines.size >= max) throw new Refusal('nonces-full');
      store.append(`${String(deadline)} ${nonce}`);
      deadlines.set(nonce, deadline);
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
