// Names over DNS-over-HTTPS (RFC 8484's JSON form), since a Worker cannot ask DNS itself. No answer means no address.
import type { Resolve } from '../services/guard.ts';
import { RESOLVE_BYTES_MAX, RESOLVE_TIMEOUT_MS } from '../limits.ts';
import { readBounded } from './body.ts';

const SERVER = 'https://cloudflare-dns.com/dns-query';
const TYPES = { A: 1, AAAA: 28 } as const;

function addressesIn(json: unknown, type: number): string[] {
  const answers =
    typeof json === 'object' && json !== null && 'Answer' in json && Array.isArray(json.Answer) ? (json.Answer as unknown[]) : [];
  return answers.flatMap((entry) => {
    if (typeof entry !== 'object' || entry === null || !('type' in entry) || !('data' in entry)) return [];
    return entry.type === type && typeof entry.data === 'string' ? [entry.data] : [];
  });
}

async function query(host: string, name: keyof typeof TYPES, signal: AbortSignal): Promise<string[]> {
  const url = `${SERVER}?name=${encodeURIComponent(host)}&type=${name}`;
  const response = await fetch(url, {
    headers: { accept: 'application/dns-json' },
    redirect: 'manual',
    signal,
  });
  if (response.status !== 200) await response.body?.cancel(); // an unread body would hold one of six connections
  const bytes = response.status === 200 ? await readBounded(response, RESOLVE_BYTES_MAX) : null;
  return bytes === null ? [] : addressesIn(JSON.parse(new TextDecoder().decode(bytes)) as unknown, TYPES[name]);
}

export const resolveOverHttps: Resolve = async (host) => {
  try {
    // One after the other, within one deadline: a probe's place is one of six connections, and a slow name must not make it late.
    const signal = AbortSignal.timeout(RESOLVE_TIMEOUT_MS);
    return [...(await query(host, 'A', signal)), ...(await query(host, 'AAAA', signal))];
  } catch {
    return []; // the guard refuses a name without addresses
  }
};
