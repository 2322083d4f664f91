// Faults of the program itself: they say so in a sentence and end with 2, since 1 means that something was found wrong.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../cli/cli.ts';
import { KEY_VARIABLE } from '../../../cli/chain/send.ts';
import type { Io } from '../../../cli/command.ts';

const MAIN = join(import.meta.dirname, '../../../cli/main.ts');
const SENTENCE = /^assay( [a-z-]+)?: A fault of this program \(TypeError\) ended the command [^\n]+\.\n?$/;
const SECRET = 'https://rpc.example/SECRET';

/** The tool as a process in which an error that nobody can catch is thrown once it watches for such errors. */
function withUncaught(env: Record<string, string> = {}): { status: number | null; stdout: string; stderr: string } {
  const fault = `setImmediate(() => { throw new TypeError('${SECRET}'); })`;
  const script = `process.on('newListener', (name) => { if (name === 'uncaughtException') ${fault}; });`;
  const preload = `data:text/javascript,${encodeURIComponent(script)}`;
  const command = ['archive', '--epoch', '3', '--api', 'http://127.0.0.1:9', '--out', 'x'];
  const options = { encoding: 'utf8', env: { ...process.env, ...env } } as const;
  return spawnSync(process.execPath, ['--import', preload, MAIN, ...command], options);
}

describe('a fault', () => {
  it('inside of a command ends it with 2 and one sentence, without the error’s own words', async () => {
    const lines: string[] = [];
    const env = Object.defineProperty({}, KEY_VARIABLE, {
      get: () => {
        throw new TypeError(SECRET);
      },
    });
    const io: Io = { out: () => undefined, err: (line) => lines.push(line), progress: () => undefined, env };
    const argv = ['retire-validator', '--rpc', 'http://127.0.0.1:9', '--registry', `0x${'5f'.repeat(20)}`];
    expect(await runCli(argv, io)).toBe(2);
    expect(lines).toEqual([expect.stringMatching(SENTENCE)]);
  });

  it('outside of any command does so too', () => {
    const { status, stdout, stderr } = withUncaught();
    expect([status, stdout, stderr]).toEqual([2, '', expect.stringMatching(SENTENCE)]);
  });

  it('shows where it was to those who ask', () => {
    const { status, stderr } = withUncaught({ ASSAY_DEBUG: '1' });
    expect([status, stderr]).toEqual([2, expect.stringContaining(SECRET)]);
  });
});
