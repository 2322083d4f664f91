// The routes that serve bytes as they were hashed: transcripts, manifests, chunks of records.
import type { Hex } from '../../../protocol/bytes.ts';
import { addressParam, auditIdParam, epochParam, noQuery, sha256Param } from '../../../schema/api/requests.ts';
import type { StoredObject } from '../../services/views/ports.ts';
import { readArchive } from '../../services/views/read-archive.ts';
import { readMirror } from '../../services/views/read-mirror.ts';
import { readObject } from '../../services/views/read-object.ts';
import { readTranscript } from '../../services/views/read-transcript.ts';
import { hashHeaders } from '../caching.ts';
import { take } from '../problem.ts';
import { pathValue, queryValue, type App, type WebContext } from '../request.ts';

const OCTETS = 'application/octet-stream';

function bytes(c: WebContext, body: StoredObject | Uint8Array<ArrayBuffer>, type: string, hash: Hex): Response {
  const [data, size] = body instanceof Uint8Array ? [body, body.length] : [body.body, body.size];
  // A node wrote parts of a transcript: a browser is told to save such bytes, never to show them.
  const saved = type === OCTETS ? { 'content-disposition': 'attachment' } : {};
  return c.body(data, 200, { 'content-type': type, 'content-length': String(size), ...saved, ...hashHeaders(hash) });
}

export function mountBytes(app: App): void {
  app.get('/v1/audits/:id/transcript', async (c) => {
    queryValue(c, noQuery);
    const transcript = take(await readTranscript(c.var.ports, { id: pathValue(c, 'id', auditIdParam) }));
    return bytes(c, transcript.bytes, OCTETS, transcript.hash);
  });
  app.get('/v1/epochs/:epoch/archive', async (c) => {
    queryValue(c, noQuery);
    const { object, hash } = take(await readArchive(c.var.ports, { epoch: pathValue(c, 'epoch', epochParam) }));
    return bytes(c, object, 'application/json', hash);
  });
  app.get('/v1/validators/:operator/epochs/:epoch/archive', async (c) => {
    queryValue(c, noQuery);
    const input = { operator: pathValue(c, 'operator', addressParam), epoch: pathValue(c, 'epoch', epochParam) };
    const { object, hash } = take(await readMirror(c.var.ports, input));
    return bytes(c, object, 'application/json', hash);
  });
  app.get('/v1/objects/:sha256', async (c) => {
    queryValue(c, noQuery);
    const hash = pathValue(c, 'sha256', sha256Param);
    return bytes(c, take(await readObject(c.var.ports, { hash })), OCTETS, hash);
  });
}
