// The real standard output and error. Progress is for people: it is drawn only where standard error is a terminal. Lines may quote
// what strangers wrote (an archive's keys, say): nothing in them may command the terminal.
import type { Io } from './command.ts';
import { PROGRESS_INTERVAL_MS } from './limits.ts';

/** Control characters but the newline, and those that turn the direction of text. */
const COMMANDS = /(?!\n)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** The text with each such character written out, as in `\u001b`. */
export function plainText(text: string): string {
  return text.replace(COMMANDS, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function terminal(): Io {
  const isWatched = process.stderr.isTTY;
  let drawnAt = 0;
  let isDrawn = false;
  const clear = (): void => {
    if (isDrawn) process.stderr.write('\r\u001b[2K');
    isDrawn = false;
  };
  return {
    out: (line) => {
      clear();
      process.stdout.write(`${plainText(line)}\n`);
    },
    err: (line) => {
      clear();
      process.stderr.write(`${plainText(line)}\n`);
    },
    progress: (line) => {
      const now = performance.now();
      if (line === null) clear();
      if (line === null || !isWatched || now - drawnAt < PROGRESS_INTERVAL_MS) return;
      drawnAt = now;
      isDrawn = true;
      process.stderr.write(`\r\u001b[2K${plainText(line).slice(0, process.stderr.columns - 1)}`);
    },
    env: process.env,
  };
}
