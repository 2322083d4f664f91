// Serves a fixture's archive over loopback, as a validator's API does; tests may put other bytes in its place.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { toHex } from '../../protocol/bytes.ts';
import { sha256 } from '../../protocol/hash.ts';
import { canonicalJson } from '../../protocol/policy.ts';
import type { EpochFixture } from './epoch.ts';

export type ArchiveServer = {
  readonly url: string;
  /** Paths to bytes; null answers 404. */
  readonly routes: Map<string, Uint8Array | null>;
  /** Requests so far, by path. */
  readonly seen: string[];
  stop(): Promise<void>;
};

export function archiveRoutes(fixture: EpochFixture): Map<string, Uint8Array | null> {
  const transcripts = fixture.rows.map(({ epoch, slot, draw, transcriptHash }) => {
    const path = `/v1/audits/${[epoch, slot, draw].join('-')}/transcript`;
    return [path, fixture.transcripts.get(transcriptHash) ?? null] as const;
  });
  return new Map<string, Uint8Array | null>([
    ['/v1/policy', utf8ToBytes(canonicalJson(fixture.policy))],
    [`/v1/epochs/${String(fixture.facts.epoch)}/archive`, fixture.manifestBytes],
    ...fixture.chunks.map(({ bytes }) => [`/v1/objects/${toHex(sha256(bytes))}`, bytes] as const),
    ...transcripts,
  ]);
}

export function serveArchive(fixture: EpochFixture): Promise<ArchiveServer> {
  return serveRoutes(archiveRoutes(fixture));
}

/** Routes may be added and changed while it serves. */
export async function serveRoutes(routes: Map<string, Uint8Array | null>): Promise<ArchiveServer> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    seen.push(path);
    const bytes = routes.get(path) ?? null;
    response.writeHead(bytes === null ? 404 : 200);
    response.end(bytes ?? undefined);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    routes,
    seen,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
