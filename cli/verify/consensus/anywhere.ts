// What must have a certain hash may come from anybody: the API first, then the validators' own addresses from the chain. Wrong bytes
// count as none, and who keeps failing is left alone.
import { toHex, type Hex } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { policyHash, type Policy } from '../../../protocol/policy.ts';
import { findPolicy } from '../../../schema/policy/shipped.ts';
import { ArchiveError, parsePolicyBytes } from '../../../schema/wire/archive.ts';
import { OBJECT_BYTES_MAX, POLICY_BYTES_MAX } from '../../../schema/wire/limits.ts';
import { CliError } from '../../command.ts';
import { PEER_FAILURES_MAX, PEER_TIMEOUT_MS } from '../../limits.ts';
import { fetchBytes } from '../http.ts';

export type Anywhere = {
  /** What the first source answers that `accept` takes; null when nobody does. */
  readonly ask: <T>(path: string, bytesMax: number, accept: (bytes: Uint8Array) => T | null, owner?: Hex) => Promise<T | null>;
  /** The same of one validator alone. */
  readonly askOwner: <T>(
    path: string,
    bytesMax: number,
    accept: (bytes: Uint8Array) => T | null,
    owner: Hex,
  ) => Promise<T | null>;
  /** An object by its SHA-256; null when nobody has it. */
  readonly object: (hash: Hex, owner?: Hex) => Promise<Uint8Array | null>;
  /** @throws CliError when nobody has it */
  readonly policy: (hash: Hex) => Promise<Policy>;
  /** For messages: who was asked. */
  readonly asked: string;
};

export type Peer = { readonly operator: Hex; readonly url: string };

function isWeb(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
}

function parsePolicy(bytes: Uint8Array): Policy | null {
  try {
    return parsePolicyBytes(bytes);
  } catch (error) {
    if (error instanceof ArchiveError) return null;
    throw error;
  }
}

/** @param api asked first, and patiently. @param peers asked next; `owner` in a request puts one of them at their head */
export function anywhere(api: string, peers: readonly Peer[]): Anywhere {
  const failures = new Map<string, number>();
  const policies = new Map<Hex, Policy>();
  const others = peers.filter(({ url }) => isWeb(url));

  /** Null for what a source does not have, and for one that fails. */
  const get = async (base: string, path: string, bytesMax: number): Promise<Uint8Array | null> => {
    const failed = failures.get(base) ?? 0;
    if (failed >= PEER_FAILURES_MAX) return null;
    const url = new URL(path, base.endsWith('/') ? base : `${base}/`).href;
    try {
      return await fetchBytes(url, bytesMax, base === api ? undefined : { timeoutMs: PEER_TIMEOUT_MS, tries: 1 });
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      failures.set(base, failed + 1);
      return null;
    }
  };

  const askEach = async <T>(
    bases: readonly string[],
    path: string,
    bytesMax: number,
    accept: (bytes: Uint8Array) => T | null,
  ): Promise<T | null> => {
    for (const base of new Set(bases)) {
      const bytes = await get(base, path, bytesMax);
      const accepted = bytes === null ? null : accept(bytes);
      if (accepted !== null) return accepted;
    }
    return null;
  };
  const urlsOf = (isWanted: (peer: Peer) => boolean): string[] => others.filter(isWanted).map(({ url }) => url);
  const ask: Anywhere['ask'] = (path, bytesMax, accept, owner) => {
    const first = urlsOf(({ operator }) => operator === owner);
    return askEach([api, ...first, ...urlsOf(() => true)], path, bytesMax, accept);
  };

  return {
    ask,
    askOwner: (path, bytesMax, accept, owner) =>
      askEach(
        urlsOf(({ operator }) => operator === owner),
        path,
        bytesMax,
        accept,
      ),
    asked: `neither ${new URL(api).host} nor any of ${String(others.length)} validators`,
    object: (hash, owner) =>
      ask(`v1/objects/${hash}`, OBJECT_BYTES_MAX, (bytes) => (toHex(sha256(bytes)) === hash ? bytes : null), owner),
    policy: async (hash) => {
      const accept = (bytes: Uint8Array): Policy | null => {
        const policy = parsePolicy(bytes);
        return policy !== null && policyHash(policy) === hash ? policy : null;
      };
      // by hash, because the one in force may be a later one
      const known =
        policies.get(hash) ??
        findPolicy(hash) ??
        (await ask(`v1/policies/${hash}`, POLICY_BYTES_MAX, accept)) ??
        (await ask('v1/policy', POLICY_BYTES_MAX, accept));
      if (known !== null) policies.set(hash, known);
      if (known !== null) return known;
      throw new CliError(`Nobody serves the policy ${hash}, which the chain names. Try an --api that does, or a newer version.`);
    },
  };
}
