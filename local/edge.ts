// The edge: workerd through Miniflare, running the bundle that would be deployed, with the bindings that wrangler.toml names.
// It can be killed and started again on the same state, as a machine at the edge can.
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from 'miniflare';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bindings } from './bindings.ts';
import { LocalError, messageOf } from './errors.ts';
import { LOOPBACK } from './limits.ts';
import { migrationStatements } from './migrations.ts';
import { childrenNamed, type Processes } from './processes.ts';

/** What wrangler.toml calls vars, and the secrets. */
export type WorkerEnv = Readonly<Record<string, string>>;
export type Database = Awaited<ReturnType<Miniflare['getD1Database']>>;
export type EdgeOptions = {
  /** Folder with index.js, or a script's text for tests of this module. */
  readonly bundle: string;
  /** What its process is called in the list of processes. */
  readonly name?: string;
  readonly env: WorkerEnv;
  /** D1, R2 and objects live here. */
  readonly state: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** What the Worker prints, and what the runtime complains of. */
  readonly onLog: (line: string) => void;
};

export type Edge = {
  readonly url: string;
  readonly pid: number;
  database(): Promise<Database>;
  /** One cron delivery. */
  tick(at: Date): Promise<void>;
  /** Puts a message into the queue of audits, as a second delivery would. */
  enqueue(body: unknown): Promise<void>;
  fetch(path: string): Promise<Response>;
  /** SIGKILL: nothing gets to finish. */
  kill(): Promise<void>;
  stop(): Promise<void>;
};

class LineLog extends Log {
  readonly #write: (line: string) => void;
  constructor(write: (line: string) => void) {
    super(LogLevel.WARN);
    this.#write = write;
  }
  protected override log(message: string): void {
    this.#write(message);
  }
}

function optionsOf({ bundle, env, state, port, onLog }: EdgeOptions): ConstructorParameters<typeof Miniflare>[0] {
  return convertV4MiniflareOptions({
    host: LOOPBACK,
    port,
    cf: false,
    telemetry: { enabled: false },
    resourcePersistencePath: state,
    log: new LineLog(onLog),
    handleStructuredLogs: ({ level, message }) => onLog(`${level}: ${message}`),
    workers: [
      {
        name: 'assay',
        ...bindings,
        ...(bundle.includes('\n')
          ? { modules: true, script: bundle }
          : { modules: true, rootPath: bundle, modulesRoot: bundle, scriptPath: join(bundle, 'index.js') }),
        bindings: { ...env },
      },
    ],
  });
}

/** All migrations in one batch, unless they were applied when this state was made. */
async function migrate(database: Database): Promise<void> {
  const tables = await database.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = 'epochs'").first<{ n: number }>();
  if ((tables?.n ?? 0) > 0) return;
  await database.batch(migrationStatements().map((statement) => database.prepare(statement)));
}

/**
 * Miniflare's handlers end this process at a signal before anything asynchronous can be cleaned up. What is stopped when is ours
 * to say (main.ts), so the handlers that it adds are taken away again.
 */
function signalGuard(): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const before = new Map(signals.map((name) => [name, new Set(process.listeners(name))]));
  return () => {
    for (const name of signals) {
      for (const listener of process.listeners(name)) {
        if (before.get(name)?.has(listener) === false) process.removeListener(name, listener);
      }
    }
  };
}

/** The runtime that is a child of ours since `known`; 0 when it ended before it was seen. */
async function adoptRuntime(
  processes: Processes,
  name: string,
  known: ReadonlySet<number>,
  failed: () => boolean,
): Promise<number> {
  for (let tries = 0; tries < 200 && !failed(); tries++) {
    const pid = childrenNamed('workerd').find((candidate) => !known.has(candidate));
    if (pid !== undefined) {
      processes.adopt(name, pid);
      return pid;
    }
    await sleep(25);
  }
  return 0;
}

/** The last runtime to be spawned: which process is whose is known only while one at a time appears. */
let spawned: Promise<unknown> = Promise.resolve();

type Runtime = { readonly miniflare: Miniflare; readonly ready: Promise<URL>; readonly pid: number };

/** Spawns one runtime after the other; each gets ready while the next one is spawned. */
async function spawnRuntime(processes: Processes, options: EdgeOptions): Promise<Runtime> {
  const before = spawned;
  const turn = (async (): Promise<Runtime> => {
    await before.catch(() => undefined);
    const known = new Set(childrenNamed('workerd'));
    const dropHandlers = signalGuard();
    const miniflare = new Miniflare(optionsOf(options));
    dropHandlers();
    let failed = false;
    const { ready } = miniflare;
    ready.catch(() => (failed = true));
    const pid = await adoptRuntime(processes, options.name ?? 'workerd', known, () => failed);
    dropHandlers();
    return { miniflare, ready, pid };
  })();
  spawned = turn;
  return turn;
}

/** @throws LocalError when the port is taken or the Worker does not start */
export async function startEdge(processes: Processes, options: EdgeOptions): Promise<Edge> {
  const { miniflare, ready, pid } = await spawnRuntime(processes, options);
  let url: URL;
  try {
    url = await ready;
  } catch (error) {
    await miniflare.dispose().catch(() => undefined);
    throw new LocalError(`The Worker does not start: ${messageOf(error)}`);
  }
  const database = (): Promise<Database> => miniflare.getD1Database('DB');
  await migrate(await database());
  const worker = await miniflare.getWorker();
  return {
    url: url.origin,
    pid,
    database,
    async tick(at) {
      await worker.scheduled({ scheduledTime: at, cron: '* * * * *' });
    },
    async enqueue(body) {
      const queue = await miniflare.getQueueProducer('AUDITS');
      await queue.send(body);
    },
    fetch: (path) => fetch(new URL(path, url)),
    async kill() {
      process.kill(pid, 'SIGKILL');
      await miniflare.dispose().catch(() => undefined);
    },
    stop: () => miniflare.dispose(),
  };
}
