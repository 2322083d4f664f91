// The caches of kind 2 (docs/protocol.md, section 19.2): the network's for an epoch, so classes with as many rows share one, and only
// memory keeps them: they are made again faster than they are read from anywhere.
import { expandCache } from '../../protocol/challenges/vram/data.ts';
import type { VramParams } from '../../protocol/challenges/vram/params.ts';
import { VRAM_CACHES_MAX } from '../limits.ts';

// Isolates live on between invocations; the values are a pure function of the key, so sharing them is safe.
const caches = new Map<string, Uint32Array>();

/** 64 bytes a row: 8 MiB and about 0.1 s of CPU at 2^17 rows. */
export function vramCache(params: Pick<VramParams, 'cacheRows' | 'fillKey'>): Uint32Array {
  const key = `${String(params.cacheRows)}/${params.fillKey}`;
  const cache = caches.get(key) ?? expandCache(params);
  caches.delete(key);
  caches.set(key, cache);
  for (const oldest of caches.keys()) {
    if (caches.size <= VRAM_CACHES_MAX) break;
    caches.delete(oldest);
  }
  return cache;
}
