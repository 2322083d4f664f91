// A Worker of the bench's own in real workerd, alone in its process: what it exports is bundled as wrangler would bundle it. A
// Worker's timers stand still while it computes, so time is read from outside: the process' own account where there is /proc.
import { build } from 'esbuild';
import { Miniflare, Log, LogLevel, convertV4MiniflareOptions } from 'miniflare';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOOPBACK } from '../local/limits.ts';
import { childrenNamed } from '../local/processes.ts';
import { processMs } from './measure.ts';

export type BenchWorker = {
  readonly pid: number;
  /** Its origin, for what asks it itself. */
  readonly url: string;
  /** POSTs JSON, returns the JSON answer. */
  ask<T>(path: string, body?: unknown): Promise<T>;
  /** Milliseconds of the runtime's process that one request takes, whatever else the machine does. */
  cost(path: string): Promise<number>;
  stop(): Promise<void>;
};

/** @param file of this folder; exports `answer(request: Request): Promise<Response>` */
async function bundle(file: string): Promise<string> {
  const entry = `import { answer } from './${file}';\nexport default { fetch: answer };\n`;
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: import.meta.dirname, sourcefile: 'entry.ts', loader: 'ts' },
    ...{ bundle: true, write: false, format: 'esm', target: 'es2024', conditions: ['workerd', 'worker', 'browser'] },
    absWorkingDir: join(import.meta.dirname, '..'),
  });
  return outputFiles[0]?.text ?? '';
}

async function newRuntime(known: ReadonlySet<number>): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const pid = childrenNamed('workerd').find((candidate) => !known.has(candidate));
    if (pid !== undefined) return pid;
    await sleep(50);
  }
  throw new Error('no workerd process was found among the children of this one');
}

export async function startBenchWorker(file: string): Promise<BenchWorker> {
  const known = new Set(childrenNamed('workerd'));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...{ host: LOOPBACK, port: 0, cf: false, telemetry: { enabled: false }, log: new Log(LogLevel.ERROR) },
      workers: [{ name: 'bench', compatibilityDate: '2026-10-01', modules: true, script: await bundle(file) }],
    }),
  );
  const url = await miniflare.ready;
  const pid = await newRuntime(known);
  const ask = async <T>(path: string, body?: unknown): Promise<T> => {
    const init = { method: 'POST', body: JSON.stringify(body ?? null) };
    const response = await fetch(new URL(path, url), init);
    if (!response.ok) throw new Error(`the bench's Worker answers ${String(response.status)}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    pid,
    url: url.origin,
    ask,
    async cost(path) {
      const before = processMs(pid);
      const started = performance.now();
      await ask(path);
      const after = processMs(pid);
      return before === null || after === null ? performance.now() - started : after - before;
    },
    stop: () => miniflare.dispose(),
  };
}
