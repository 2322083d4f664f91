// The operator's choices, from flags (`--proof-mib 64`) or the environment (`ASSAY_PROOF_MIB=64`); a flag wins. Each is checked
// here, once, and refused with a sentence that says what it should be.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Hex } from '../protocol/bytes.ts';
import { CLASS_NAME } from '../protocol/policy.ts';
import type { BackendName } from './backends/backend.ts';
import {
  BUSY_WAIT_MS_MAX,
  CONCURRENCY_DEFAULT,
  CONCURRENCY_MAX,
  FILL_MIB_DEFAULT,
  FILL_MIB_MAX,
  GRACE_SECONDS_DEFAULT,
  GRACE_SECONDS_MAX,
  JOB_GOP_MAX,
  JOB_MIB_DEFAULT,
  JOB_MIB_MAX,
  PORT_DEFAULT,
  PROOF_MIB_DEFAULT,
  PROOF_MIB_MAX,
  QUEUE_DEFAULT,
  QUEUE_MAX,
  VALIDATORS_LISTED_MAX,
} from './limits.ts';
import type { JobLimits, Settings } from './server/parts.ts';

/** How large jobs may be, in MiB and 10⁹ operations; null is the backend's default (compose.ts). */
export type ChosenLimits = Readonly<Record<'jobMib' | 'proofMib' | 'fillMib' | 'jobGop', number | null>>;

export type Config = {
  readonly settings: Omit<Settings, keyof JobLimits>;
  readonly limits: ChosenLimits;
  readonly backend: BackendName | 'auto';
  readonly dataDirectory: string;
  readonly rpcUrls: readonly string[];
  /** The address that was or will be registered; only shown. */
  readonly url: string | null;
  readonly concurrency: number;
  readonly graceMs: number;
  readonly json: boolean;
};

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Every flag with the line that help shows. */
export const FLAGS = {
  rpc: 'URL of the chain’s JSON-RPC; several with commas, in order of preference (required)',
  registry: 'address of the AuditRegistry (required)',
  'chain-id': 'number of the chain (required)',
  class: 'GPU class as registered, e.g. rtx-4090 (required)',
  data: 'directory for the key and the used nonces (./assay-runner)',
  host: 'address to listen on (127.0.0.1)',
  port: `port to listen on; 0 lets the system choose (${String(PORT_DEFAULT)})`,
  url: 'public address of this runner, only shown',
  concurrency: `jobs computed at the same time, one thread each (${String(CONCURRENCY_DEFAULT)})`,
  queue: `jobs that may wait (${String(QUEUE_DEFAULT)})`,
  backend: 'what computes: auto, cpu, webgpu or cuda (auto)',
  'job-mib': `memory of one product’s matrices and result (${String(JOB_MIB_DEFAULT)}; on a GPU all that it has)`,
  'job-gop': `work of one job, in 10⁹ operations (twice the class’s largest)`,
  'proof-mib': `memory of all results that wait for their opening (${String(PROOF_MIB_DEFAULT)}; on a GPU all that it has)`,
  'fill-mib': `memory that audits may fill (${String(FILL_MIB_DEFAULT)}; on a GPU all that it has)`,
  'busy-wait-ms': 'how long a challenge waits for another job before it is told that we are busy; on the CPU only (0)',
  validators: 'operator addresses of the validators to answer, with commas (all that are registered)',
  grace: `seconds to finish running work when stopped (${String(GRACE_SECONDS_DEFAULT)})`,
  'tls-cert': 'PEM certificate chain; with --tls-key the runner speaks https itself',
  'tls-key': 'PEM private key of the certificate',
} as const;
type Flag = keyof typeof FLAGS;
export type Values = Readonly<Partial<Record<Flag | 'json', string>>>;

function parse(args: readonly string[], options: Record<string, { type: 'string' | 'boolean' }>) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : 'bad arguments');
  }
}

/** Flags over environment; `rest` are words that are no flags. */
export function readValues(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  more: readonly string[] = [],
): { values: Values & Record<string, string>; rest: string[] } {
  const names = [...Object.keys(FLAGS), ...more];
  const options: Record<string, { type: 'string' | 'boolean' }> = { json: { type: 'boolean' } };
  for (const name of names) options[name] = { type: 'string' };
  const parsed = parse(args, options);
  const values: Record<string, string> = {};
  for (const name of [...names, 'json']) {
    const value = parsed.values[name] ?? env[`ASSAY_${name.toUpperCase().replaceAll('-', '_')}`];
    if (value !== undefined && value !== '' && value !== false) values[name] = String(value);
  }
  return { values, rest: parsed.positionals };
}

function required(values: Values, name: Flag): string {
  const value = values[name];
  if (value === undefined) throw new ConfigError(`--${name} is missing: ${FLAGS[name]}.`);
  return value;
}

/** Null without the flag. */
function chosen(values: Values, name: Flag, max: number): number | null {
  return values[name] === undefined ? null : integer(values, name, null, 1, max);
}

function backendOf(values: Values): Config['backend'] {
  const name = values.backend ?? 'auto';
  if (name === 'auto' || name === 'cpu' || name === 'webgpu' || name === 'cuda') return name;
  throw new ConfigError(`--backend is "${name}", but must be auto, cpu, webgpu or cuda.`);
}

function integer(values: Values, name: Flag, fallback: number | null, min: number, max: number): number {
  const text = values[name] ?? (fallback === null ? required(values, name) : String(fallback));
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || value < min || value > max) {
    throw new ConfigError(`--${name} is "${text}", but must be a whole number from ${String(min)} to ${String(max)}.`);
  }
  return value;
}

/** A 20-byte address in lower case. */
export function address(name: string, text: string): Hex {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw new ConfigError(`--${name} must be an address: 0x and 40 hex digits.`);
  return text.toLowerCase() as Hex;
}

function urls(text: string): string[] {
  const list = text.split(',').map((url) => url.trim());
  if (list.some((url) => !URL.canParse(url) || !['http:', 'https:'].includes(new URL(url).protocol))) {
    throw new ConfigError('--rpc must be an http or https URL.'); // the text itself may hold an API key
  }
  return list;
}

/** Null without the flag: every registered validator is answered. */
function validators(values: Values): Settings['validators'] {
  if (values.validators === undefined) return null;
  const listed = values.validators.split(',').map((text) => address('validators', text.trim()));
  if (listed.length > VALIDATORS_LISTED_MAX)
    throw new ConfigError(`--validators names more than ${String(VALIDATORS_LISTED_MAX)} addresses.`);
  return new Set(listed);
}

/** The wait counts in a product's measured time, of which a GPU needs a fraction of a second. @throws ConfigError on a GPU */
export function requireNoWait(busyWaitMs: number, backend: Config['backend']): void {
  if (busyWaitMs === 0 || backend === 'cpu' || backend === 'auto') return;
  throw new ConfigError(`--busy-wait-ms is for --backend cpu: on ${backend} the wait would count in a product’s measured time.`);
}

function tls(values: Values): Settings['tls'] {
  const [cert, key] = [values['tls-cert'], values['tls-key']];
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined || key === undefined) throw new ConfigError('--tls-cert and --tls-key go together.');
  return { cert: readFileSync(cert), key: readFileSync(key) };
}

export const domainOf = (values: Values): Settings['domain'] => ({
  chainId: integer(values, 'chain-id', null, 1, Number.MAX_SAFE_INTEGER),
  registry: address('registry', required(values, 'registry')),
});

export const dataDirectoryOf = (values: Values): string => values.data ?? 'assay-runner';

export const portOf = (values: Values): number => integer(values, 'port', PORT_DEFAULT, 0, 65_535);

/** @throws ConfigError with a sentence for the operator */
export function readConfig(values: Values): Config {
  const gpuClass = required(values, 'class');
  if (!CLASS_NAME.test(gpuClass)) throw new ConfigError('--class must be 1 to 32 printable ASCII characters.');
  const backend = backendOf(values);
  const busyWaitMs = integer(values, 'busy-wait-ms', 0, 0, BUSY_WAIT_MS_MAX);
  requireNoWait(busyWaitMs, backend); // what `auto` takes is checked once that is known (compose.ts)
  return {
    settings: {
      domain: domainOf(values),
      gpuClass,
      host: values.host ?? '127.0.0.1',
      port: portOf(values),
      queue: integer(values, 'queue', QUEUE_DEFAULT, 0, QUEUE_MAX),
      busyWaitMs,
      validators: validators(values),
      tls: tls(values),
    },
    limits: {
      jobMib: chosen(values, 'job-mib', JOB_MIB_MAX),
      proofMib: chosen(values, 'proof-mib', PROOF_MIB_MAX),
      fillMib: chosen(values, 'fill-mib', FILL_MIB_MAX),
      jobGop: chosen(values, 'job-gop', JOB_GOP_MAX),
    },
    backend,
    dataDirectory: dataDirectoryOf(values),
    rpcUrls: urls(required(values, 'rpc')),
    url: values.url ?? null,
    concurrency: integer(values, 'concurrency', CONCURRENCY_DEFAULT, 1, CONCURRENCY_MAX),
    graceMs: 1000 * integer(values, 'grace', GRACE_SECONDS_DEFAULT, 0, GRACE_SECONDS_MAX),
    json: values.json !== undefined,
  };
}
