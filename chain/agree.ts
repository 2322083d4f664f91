// One word of several RPCs. What a validator signs challenges by must not hang on a single one: facts that are false cost it a part
// of its stake. All that answer are asked, and where two differ nothing is taken for true.
import { registryClient, type RegistryClient, type RegistryConfig } from './client.ts';
import { ChainError, type ChainErrorCode } from './errors.ts';

/** One client for each configured RPC, in their order; at most eight. @throws ChainError bad_argument */
export function eachClient({ rpcUrls, ...config }: RegistryConfig): RegistryClient[] {
  if (rpcUrls.length <= 1) return [registryClient({ rpcUrls, ...config })];
  registryClient({ rpcUrls, ...config }); // refuses too many
  return rpcUrls.map((url) => registryClient({ rpcUrls: [url], ...config }));
}

export type AgreedRead<T> = {
  /** What is read, for the message: "the nodes of epoch 7". */
  readonly what: string;
  /** Passes when an RPC can be asked at all: what it would say is final there. */
  readonly ready: (client: RegistryClient) => Promise<void>;
  readonly read: (client: RegistryClient) => Promise<T>;
  /** What differs, in a few words; null when nothing does. */
  readonly differs: (a: T, b: T) => string | null;
};

/** An RPC that is down, or has not come so far, says nothing. Any other failure of one is for people to look at. */
const SILENT: ReadonlySet<ChainErrorCode> = new Set(['unreachable', 'behind', 'no_code']);

type Silence = { readonly silence: ChainError };

async function heard<T>(ask: Promise<T>): Promise<{ readonly value: T } | Silence> {
  try {
    return { value: await ask };
  } catch (error) {
    if (error instanceof ChainError && SILENT.has(error.code)) return { silence: error };
    throw error;
  }
}

/** With nobody left to ask: one that lags says more than one that is down. */
function whyNobody(silences: readonly ChainError[]): ChainError {
  const order: readonly ChainErrorCode[] = ['behind', 'no_code', 'unreachable'];
  const [first] = silences.toSorted((a, b) => order.indexOf(a.code) - order.indexOf(b.code));
  return first ?? new ChainError('bad_argument', 'There is no RPC to ask.');
}

/**
 * What all RPCs say that answer and are ready; with one, what that one says. They are asked one after another, so that no more than two
 * answers are in memory at once.
 * @throws ChainError disagreeing when two of them differ; what the RPCs failed with when none answers
 */
export async function readAgreed<T>(
  clients: readonly RegistryClient[],
  { what, ready, read, differs }: AgreedRead<T>,
): Promise<T> {
  const able = await Promise.all(clients.map((client) => heard(ready(client))));
  const silences: ChainError[] = [];
  let agreed: { readonly value: T; readonly place: number } | null = null;
  for (const [i, client] of clients.entries()) {
    const state = able[i];
    const answer = state === undefined || 'silence' in state ? state : await heard(read(client));
    if (answer === undefined) continue;
    if ('silence' in answer) silences.push(answer.silence);
    else if (agreed === null) agreed = { value: answer.value, place: i + 1 };
    else {
      const difference = differs(agreed.value, answer.value);
      if (difference !== null) throw disagreeing(what, [agreed.place, i + 1], difference);
    }
  }
  if (agreed === null) throw whyNobody(silences);
  return agreed.value;
}

/** Named by their places in the configuration: their URLs may hold keys. */
function disagreeing(what: string, [a, b]: readonly [number, number], difference: string): ChainError {
  return new ChainError(
    'disagreeing',
    `RPCs ${String(a)} and ${String(b)} of RPC_URL differ about ${what}: ${difference}. One of them is wrong, and nothing is signed by either. Find out which, and take it out.`,
  );
}

/** As `differs`, for what is one value. */
export const differentValue = (a: unknown, b: unknown): string | null =>
  a === b ? null : `one says ${String(a)}, the other ${String(b)}`;

/** As `differs`, for a list of records: the first entry that is not the same, and in which field. */
export function differentEntry(a: readonly object[], b: readonly object[]): string | null {
  if (a.length !== b.length) return `one has ${String(a.length)} entries, the other ${String(b.length)}`;
  for (const [i, entry] of a.entries()) {
    const field = differentField(entry, b[i] ?? {});
    if (field !== null) return `entry ${String(i)} has another ${field}`;
  }
  return null;
}

/** The first field in which two flat records differ, as their own keys have it; null when none does. */
export function differentField(a: object, b: object): string | null {
  const other = new Map<string, unknown>(Object.entries(b));
  for (const [name, value] of Object.entries(a) as [string, unknown][]) {
    const its = other.get(name);
    const same = isRecord(value) && isRecord(its) ? differentField(value, its) === null : value === its;
    if (!same) return name;
  }
  return null;
}

const isRecord = (value: unknown): value is object => typeof value === 'object' && value !== null;
