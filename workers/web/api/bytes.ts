// The routes that serve bytes as they were hashed: transcripts, manifests, chunks of records.
import { createRoute } from '@hono/zod-openapi';
import type { Hex } from '../../../protocol/bytes.ts';
import { auditPath, epochPath, noQuery, objectPath, seatPath } from '../../../schema/api/requests.ts';
import type { StoredObject } from '../../services/views/ports.ts';
import { readArchive } from '../../services/views/read-archive.ts';
import { readMirror } from '../../services/views/read-mirror.ts';
import { readObject } from '../../services/views/read-object.ts';
import { readTranscript } from '../../services/views/read-transcript.ts';
import { hashHeaders } from '../caching.ts';
import { problems, rawAnswer } from '../openapi.ts';
import { take } from '../problem.ts';
import type { App, WebContext } from '../request.ts';

const OCTETS = 'application/octet-stream';

const readTranscriptRoute = createRoute({
  method: 'get',
  path: '/v1/audits/{id}/transcript',
  operationId: 'readTranscript',
  tags: ['audits'],
  summary: 'An audit’s messages as they went over the wire',
  request: { params: auditPath, query: noQuery },
  responses: {
    200: rawAnswer('application/octet-stream', 'The transcript: its SHA-256 is the record’s `transcriptHash`.'),
    ...problems('bad-id', 'bad-query', 'not-found', 'not-revealed'),
  },
});

const readArchiveRoute = createRoute({
  method: 'get',
  path: '/v1/epochs/{epoch}/archive',
  operationId: 'readArchive',
  tags: ['epochs'],
  summary: 'The manifest of an own epoch’s archive',
  request: { params: epochPath, query: noQuery },
  responses: {
    200: rawAnswer('application/json', 'Exactly as hashed: its SHA-256 is the report’s `archiveHash`.'),
    ...problems('bad-id', 'bad-query', 'not-found', 'not-revealed'),
  },
});

const readMirrorRoute = createRoute({
  method: 'get',
  path: '/v1/validators/{operator}/epochs/{epoch}/archive',
  operationId: 'readMirror',
  tags: ['validators'],
  summary: 'The manifest of a validator’s archive, if it was found right here',
  request: { params: seatPath, query: noQuery },
  responses: {
    200: rawAnswer('application/json', 'Exactly as hashed.'),
    ...problems('bad-id', 'bad-query', 'not-found', 'not-revealed'),
  },
});

const readObjectRoute = createRoute({
  method: 'get',
  path: '/v1/objects/{sha256}',
  operationId: 'readObject',
  tags: ['audits'],
  summary: 'A manifest, a chunk of records or a transcript by its hash',
  request: { params: objectPath, query: noQuery },
  responses: {
    200: rawAnswer('application/octet-stream', 'Bytes with this hash, own or mirrored.'),
    ...problems('bad-id', 'bad-query', 'not-found', 'not-revealed'),
  },
});

function bytes(c: WebContext, body: StoredObject | Uint8Array<ArrayBuffer>, type: string, hash: Hex): Response {
  const [data, size] = body instanceof Uint8Array ? [body, body.length] : [body.body, body.size];
  // A node wrote parts of a transcript: a browser is told to save such bytes, never to show them.
  const saved = type === OCTETS ? { 'content-disposition': 'attachment' } : {};
  return c.body(data, 200, { 'content-type': type, 'content-length': String(size), ...saved, ...hashHeaders(hash) });
}

export function mountBytes(app: App): void {
  app.openapi(readTranscriptRoute, async (c) => {
    const transcript = take(await readTranscript(c.var.ports, c.req.valid('param')));
    return bytes(c, transcript.bytes, OCTETS, transcript.hash);
  });
  app.openapi(readArchiveRoute, async (c) => {
    const { object, hash } = take(await readArchive(c.var.ports, c.req.valid('param')));
    return bytes(c, object, 'application/json', hash);
  });
  app.openapi(readMirrorRoute, async (c) => {
    const { object, hash } = take(await readMirror(c.var.ports, c.req.valid('param')));
    return bytes(c, object, 'application/json', hash);
  });
  app.openapi(readObjectRoute, async (c) => {
    const { sha256: hash } = c.req.valid('param');
    return bytes(c, take(await readObject(c.var.ports, { hash })), OCTETS, hash);
  });
}
