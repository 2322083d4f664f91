// The real standard output and error. Progress is for people: it is drawn only where standard error is a terminal.
import type { Io } from './command.ts';
import { PROGRESS_INTERVAL_MS } from './limits.ts';

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
      process.stdout.write(`${line}\n`);
    },
    err: (line) => {
      clear();
      process.stderr.write(`${line}\n`);
    },
    progress: (line) => {
      const now = performance.now();
      if (line === null) clear();
      if (line === null || !isWatched || now - drawnAt < PROGRESS_INTERVAL_MS) return;
      drawnAt = now;
      isDrawn = true;
      process.stderr.write(`\r\u001b[2K${line.slice(0, process.stderr.columns - 1)}`);
    },
    env: process.env,
  };
}
