// drand over HTTP, from several servers in turn. A round counts only when its BLS signature verifies, so no server is trusted.
import { verifyRound, type BeaconRound } from '../../protocol/beacon.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { BEACON_BYTES_MAX, BEACON_RETRY_MS, BEACON_TIMEOUT_MS, BEACON_TRIES_MAX, CONTROL_TIMEOUT_MS } from '../limits.ts';
import type { Beacon } from '../services/ports.ts';
import { readBounded } from './body.ts';

async function get(url: string, timeoutMs: number): Promise<unknown> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
  if (response.status !== 200) {
    await response.body?.cancel();
    return null;
  }
  const bytes = await readBounded(response, BEACON_BYTES_MAX);
  return bytes === null ? null : (JSON.parse(new TextDecoder().decode(bytes)) as unknown);
}

function roundIn(json: unknown, round: number): BeaconRound | null {
  if (typeof json !== 'object' || json === null || !('signature' in json) || !('round' in json)) return null;
  if (json.round !== round || typeof json.signature !== 'string' || !/^[0-9a-f]{96}$/.test(json.signature)) return null;
  return { round, signature: `0x${json.signature}` };
}

// Isolate-wide: a verified round never changes, and the pairing costs 20 ms.
const verified = new Map<string, BeaconRound>();
const VERIFIED_MAX = 256;

function keep(key: string, round: BeaconRound): BeaconRound {
  verified.set(key, round);
  for (const oldest of verified.keys()) {
    if (verified.size <= VERIFIED_MAX) break;
    verified.delete(oldest);
  }
  return round;
}

export function drandBeacon(urls: readonly string[], publicKey: Hex): Beacon {
  const once = async (round: number): Promise<BeaconRound | null> => {
    for (const url of urls) {
      const json = await get(`${url}/public/${String(round)}`, BEACON_TIMEOUT_MS).catch(() => null);
      const candidate = roundIn(json, round);
      if (candidate !== null && verifyRound(publicKey, candidate)) return candidate;
    }
    return null;
  };
  return {
    round: async (round) => {
      const key = `${publicKey.slice(0, 18)}/${String(round)}`;
      const known = verified.get(key);
      if (known !== undefined) return known;
      for (let attempt = 1; ; attempt++) {
        const found = await once(round);
        if (found !== null) return keep(key, found);
        if (attempt === BEACON_TRIES_MAX) return null;
        await new Promise((resolve) => setTimeout(resolve, BEACON_RETRY_MS));
      }
    },
    control: async () => {
      // In turn, because the place of the probe that failed is one connection of six.
      for (const url of urls) {
        if ((await get(`${url}/public/latest`, CONTROL_TIMEOUT_MS).catch(() => null)) !== null) return true;
      }
      return false;
    },
  };
}
