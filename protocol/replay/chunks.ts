// The record chunks are the ones that the manifest names: hash, size, number of records, and records in draw order.
import { CHUNK_BYTES_MAX } from '../archive.ts';
import { toHex } from '../bytes.ts';
import { sha256 } from '../hash.ts';
import { drawName, eachStep, fieldFault, type Step } from './check.ts';
import type { Replay } from './replay.ts';

export function chunksStep({ manifest, chunks }: Replay): Step {
  let last = { slot: -1, draw: -1 };
  return eachStep(
    'chunks',
    () => {
      last = { slot: -1, draw: -1 };
      return Array.from({ length: Math.max(manifest.chunks.length, chunks.length) }, (_, i) => i);
    },
    (i) => {
      const [ref, chunk] = [manifest.chunks[i], chunks[i]];
      const name = `chunk ${String(i)}`;
      if (ref === undefined) return `${name}: the manifest does not name it`;
      if (chunk === undefined) return `${name}: missing (${ref.sha256})`;
      if (chunk.bytes.length > CHUNK_BYTES_MAX) {
        return `${name}: ${String(chunk.bytes.length)} bytes, at most ${String(CHUNK_BYTES_MAX)} are allowed`;
      }
      const fault = fieldFault([
        [`${name} SHA-256`, ref.sha256, toHex(sha256(chunk.bytes))],
        [`${name} bytes`, ref.bytes, chunk.bytes.length],
        [`${name} records`, ref.records, chunk.lines.length],
      ]);
      if (fault !== null) return fault;
      for (const line of chunk.lines) {
        const rises = line.slot > last.slot || (line.slot === last.slot && line.draw > last.draw);
        if (!rises) return `${name}: the record of ${drawName(line)} follows that of ${drawName(last)}; draws must rise`;
        last = line;
      }
      return null;
    },
  );
}
